import { type Store, openStore } from '@stepfit/collector/db/open-store';
import type { Database } from '@stepfit/collector/db/tables';
import { closeSilent } from '@stepfit/collector/usage/close-silent';
import type { Selectable } from 'kysely';

import { startCollectorServer } from './collector-server.ts';
import { silentLog } from './silent-log.ts';

export type StoredAttempt = Selectable<Database['attempt']>;

/** The real collector over a database of its own, for what flows leave in it. */
export interface StoredCollector {
  readonly url: string;
  /** The attempts of one run of Metaflow, or of all, in the order in which they began. */
  attempts(run?: string): Promise<readonly StoredAttempt[]>;
  close(): Promise<void>;
}

/** Listens on a free port of this machine. */
export async function startStoredCollector(): Promise<StoredCollector> {
  const listeningSince = new Date();
  const store = await openStore({ log: silentLog });
  const server = await startCollectorServer(store);
  return {
    url: server.url,
    async attempts(run) {
      await closeEnded(store, listeningSince);
      const query = store.db.selectFrom('attempt').selectAll().orderBy('started_at');
      return run === undefined ? query.execute() : query.where('run', '=', run).execute();
    },
    async close() {
      await server.close();
      await store.close();
    },
  };
}

/** What the collector's own job does each few seconds; nothing here has been silent for long enough. */
async function closeEnded(store: Store, listeningSince: Date): Promise<void> {
  const options = { now: new Date(), listeningSince, silenceMs: 120_000 };
  while ((await closeSilent(store.db, options)) > 0);
}
