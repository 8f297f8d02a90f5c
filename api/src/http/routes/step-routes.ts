import { explainStep } from '../../steps/explain-step.ts';
import { readStepHistory } from '../../steps/step-history.ts';
import { readStepReplay } from '../../steps/step-replay.ts';
import { listSteps } from '../../steps/step-repository.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { ProjectQuery, StepParams } from '../schemas/common.ts';
import { StepHistory } from '../schemas/history.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';
import { StepReplay } from '../schemas/replay.ts';
import { StepExplanation, StepList, StepListQuery } from '../schemas/steps.ts';

/** Steps, and all that is known about one. */
export function stepRoutes(app: ApiServer, context: ApiContext): void {
  app.get(
    '/steps',
    {
      schema: {
        tags: ['steps'],
        summary: 'Steps by flow and name',
        querystring: StepListQuery,
        response: { 200: StepList, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => listSteps(context.store.db, query),
  );

  app.get(
    '/flows/:flow/steps/:step',
    {
      schema: {
        tags: ['steps'],
        summary: 'One step: the tuner’s word, its proof, and what it rests on',
        params: StepParams,
        querystring: ProjectQuery,
        response: { 200: StepExplanation, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => explainStep(context, { ...params, project: query.project }),
  );

  app.get(
    '/flows/:flow/steps/:step/history',
    {
      schema: {
        tags: ['steps'],
        summary: 'What the verdict on a step rests on, to come to it again',
        params: StepParams,
        querystring: ProjectQuery,
        response: { 200: StepHistory, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => readStepHistory(context, { ...params, project: query.project }),
  );

  app.get(
    '/flows/:flow/steps/:step/replay',
    {
      schema: {
        tags: ['steps'],
        summary: 'The attempts that count as columns, to replay any other request over them',
        params: StepParams,
        querystring: ProjectQuery,
        response: { 200: StepReplay, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => readStepReplay(context, { ...params, project: query.project }),
  );
}
