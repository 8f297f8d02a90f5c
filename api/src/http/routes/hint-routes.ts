import { HintAnswer, HintRequest } from '@stepfit/tuner/hints/hint';
import { loadHints } from '@stepfit/tuner/hints/load-hints';

import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';

/** What a flow that is about to be launched should ask for. */
export function hintRoutes(app: ApiServer, { store }: ApiContext): void {
  app.post(
    '/hints',
    {
      schema: {
        tags: ['hints'],
        summary: 'What each step of a flow should ask for at launch, or why it stays as it is',
        description: 'Changes nothing: it is a POST because a flow describes all its steps in it.',
        body: HintRequest,
        response: { 200: HintAnswer, ...PROBLEM_RESPONSES },
      },
    },
    async ({ body }) => loadHints(store.db, body),
  );
}
