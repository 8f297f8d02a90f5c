import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { listPauses, pause, resume } from '@stepfit/tuner/lifecycle/pauses';

import { actorOf } from '../../access/access.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { ProjectQuery } from '../schemas/common.ts';
import { PauseBody, PauseList, PauseQuery } from '../schemas/pauses.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';

/** The switch that stops everything that is done without a person. */
export function pauseRoutes(app: ApiServer, { store, clock }: ApiContext): void {
  const tags = ['pauses'];
  const response = { 200: PauseList, ...PROBLEM_RESPONSES };

  async function answer(project: string): Promise<PauseList> {
    const pauses = await listPauses(store.db, project);
    return { pauses: pauses.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() })) };
  }

  app.get(
    '/pauses',
    { schema: { tags, summary: 'What is paused', querystring: ProjectQuery, response } },
    async ({ query }) => answer(query.project),
  );

  app.put(
    '/pauses',
    {
      schema: {
        tags,
        summary: 'Pause a flow, or the whole project: nothing takes effect at launch any more',
        querystring: PauseQuery,
        body: PauseBody,
        response,
      },
    },
    async ({ query, body, access }) => {
      await pause(store.db, query, { ...body, actor: actorOf(access, body.actor), at: clock() });
      return answer(query.project);
    },
  );

  app.delete(
    '/pauses',
    { schema: { tags, summary: 'End a pause', querystring: PauseQuery, response } },
    async ({ query }) => {
      if (await resume(store.db, query, clock())) return answer(query.project);
      const what = query.flow === undefined ? `Project ${query.project}` : `Flow ${query.flow}`;
      throw new StepfitError('not-found', `${what} is not paused.`, {
        hint: 'GET /api/v1/pauses lists what is; a flow may be paused with its whole project.',
      });
    },
  );
}
