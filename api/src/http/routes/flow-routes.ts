import { readFlow } from '../../flows/read-flow.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { Flow, FlowParams, FlowQuery } from '../schemas/flows.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';
import { MOST_STEPS } from '../schemas/report.ts';
import { readReport } from './report-routes.ts';

/** One flow as a whole. */
export function flowRoutes(app: ApiServer, context: ApiContext): void {
  app.get(
    '/flows/:flow',
    {
      schema: {
        tags: ['flows'],
        summary: 'One flow: its graph, what its steps need across runs, and its runs',
        params: FlowParams,
        querystring: FlowQuery,
        response: { 200: Flow, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => {
      const window = { ...query, flow: params.flow };
      const report = await readReport(context, { ...window, limit: MOST_STEPS });
      return readFlow(context, window, report);
    },
  );
}
