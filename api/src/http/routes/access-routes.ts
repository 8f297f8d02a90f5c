import type { ApiServer } from '../api-server.ts';
import { ProjectQuery } from '../schemas/common.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';
import { AccessView } from '../schemas/tokens.ts';

/** Who asks, so that a page can show what they may do. */
export function accessRoutes(app: ApiServer): void {
  app.get(
    '/access',
    {
      schema: {
        tags: ['tokens'],
        summary: 'Who asks: whose token was sent, and what it may do',
        querystring: ProjectQuery,
        response: { 200: AccessView, ...PROBLEM_RESPONSES },
      },
    },
    async ({ access }) => access,
  );
}
