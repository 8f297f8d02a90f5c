import { readSystem } from '../../system/read-system.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { ProjectQuery } from '../schemas/common.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';
import { System } from '../schemas/system.ts';

/** What this server is and how far it has worked. */
export function systemRoutes(app: ApiServer, context: ApiContext): void {
  app.get(
    '/system',
    {
      schema: {
        tags: ['system'],
        summary: 'Version, store, roles and counts',
        querystring: ProjectQuery,
        response: { 200: System, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => readSystem(context, query.project),
  );
}
