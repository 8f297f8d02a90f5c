import type { ApiServer } from '@stepfit/api/http/api-server';
import { apiRoutes, createApp } from '@stepfit/api/http/build-app';
import { healthRoutes } from '@stepfit/api/http/health-routes';
import { ROLES } from '@stepfit/api/serve/roles';
import { createInstruments } from '@stepfit/api/telemetry/instruments';
import type { Store } from '@stepfit/collector/db/open-store';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import { pino } from 'pino';

/** The API with all its routes, to be described and not to be asked: no database is behind it. */
export async function describedApp(): Promise<ApiServer> {
  const app = createApp({ log: pino({ level: 'silent' }), instruments: createInstruments() });
  const store: Store = { db: coldDatabase(), kind: 'pglite', close: async () => undefined };
  const startedAt = new Date(0);
  await apiRoutes(app, {
    store,
    clock: () => startedAt,
    prices: EXAMPLE_PRICES,
    roles: ROLES,
    startedAt,
  });
  healthRoutes(app, { store }, () => false);
  await app.ready();
  return app;
}

function coldDatabase(): Store['db'] {
  return new Kysely({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}
