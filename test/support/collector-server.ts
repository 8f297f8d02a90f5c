import type { Store } from '@stepfit/collector/db/open-store';
import { DEFAULT_INGEST_LIMITS } from '@stepfit/collector/ingest/ingest-limits';
import { ingestRoutes } from '@stepfit/collector/ingest/ingest-routes';
import Fastify from 'fastify';

import { silentLog } from './silent-log.ts';

export interface CollectorServer {
  readonly url: string;
  close(): Promise<void>;
}

/** The collector's real routes on a port of this machine, with the real clock. */
export async function startCollectorServer(store: Store): Promise<CollectorServer> {
  const app = Fastify();
  await ingestRoutes(app, {
    store,
    clock: () => new Date(),
    log: silentLog,
    limits: DEFAULT_INGEST_LIMITS,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, close: async () => app.close() };
}
