import { findAttempt, listAttempts } from '../../attempts/attempt-repository.ts';
import { readUsageSeries } from '../../attempts/usage-series.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import {
  Attempt,
  AttemptList,
  AttemptListQuery,
  AttemptParams,
  AttemptUsageSeries,
  UsageQuery,
} from '../schemas/attempts.ts';
import { ProjectQuery } from '../schemas/common.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';

/** Attempts and what they used. */
export function attemptRoutes(app: ApiServer, { store }: ApiContext): void {
  app.get(
    '/attempts',
    {
      schema: {
        tags: ['attempts'],
        summary: 'Attempts, running ones first, then newest first',
        querystring: AttemptListQuery,
        response: { 200: AttemptList, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => listAttempts(store.db, query),
  );

  app.get(
    '/attempts/:attemptId',
    {
      schema: {
        tags: ['attempts'],
        summary: 'One attempt',
        params: AttemptParams,
        querystring: ProjectQuery,
        response: { 200: Attempt, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => findAttempt(store.db, query.project, params.attemptId),
  );

  app.get(
    '/attempts/:attemptId/usage',
    {
      schema: {
        tags: ['attempts'],
        summary: 'The usage series of one attempt',
        params: AttemptParams,
        querystring: UsageQuery,
        response: { 200: AttemptUsageSeries, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => {
      const attempt = await findAttempt(store.db, query.project, params.attemptId);
      return readUsageSeries(store.db, attempt, query);
    },
  );
}
