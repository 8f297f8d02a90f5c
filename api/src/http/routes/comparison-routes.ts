import { compareRuns } from '../../comparison/compare-runs.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { Comparison, ComparisonParams, ComparisonQuery } from '../schemas/comparison.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';

/** What a branch’s runs used, against those of its base. */
export function comparisonRoutes(app: ApiServer, context: ApiContext): void {
  app.get(
    '/flows/:flow/comparison',
    {
      schema: {
        tags: ['flows'],
        summary: 'What the runs of a branch used, against those of its base',
        params: ComparisonParams,
        querystring: ComparisonQuery,
        response: { 200: Comparison, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => compareRuns(context, params.flow, query),
  );
}
