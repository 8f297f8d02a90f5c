import { readInbox } from '../../inbox/read-inbox.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { Inbox, InboxQuery } from '../schemas/inbox.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';

/** Suggestions as people decide on them: by money, without what they rest on. */
export function inboxRoutes(app: ApiServer, { store, clock }: ApiContext): void {
  app.get(
    '/inbox',
    {
      schema: {
        tags: ['suggestions'],
        summary: 'Suggestions of one state by what they would have freed in the last 30 days',
        querystring: InboxQuery,
        response: { 200: Inbox, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => readInbox(store.db, query, clock()),
  );
}
