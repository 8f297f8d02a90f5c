import { loadLedger } from '@stepfit/tuner/ledger/load-ledger';
import { Ledger } from '@stepfit/tuner/model/ledger';

import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';
import { SavingsQuery } from '../schemas/savings.ts';

const MS_PER_DAY = 86_400_000;

/** The ledger: what suggestions were predicted to save, and did. */
export function savingsRoutes(app: ApiServer, { store, clock, prices }: ApiContext): void {
  app.get(
    '/savings',
    {
      schema: {
        tags: ['savings'],
        summary: 'Predicted against realised savings of each suggestion that took effect',
        querystring: SavingsQuery,
        response: { 200: Ledger, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query: { days, ...scope } }) => {
      const since = new Date(clock().getTime() - days * MS_PER_DAY);
      return loadLedger(store.db, { ...scope, since }, prices);
    },
  );
}
