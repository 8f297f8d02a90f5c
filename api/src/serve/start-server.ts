import type { CollectorContext } from '@stepfit/collector/collector-context';
import { openStore, type Store } from '@stepfit/collector/db/open-store';
import { DEFAULT_INGEST_LIMITS } from '@stepfit/collector/ingest/ingest-limits';
import { ingestRoutes } from '@stepfit/collector/ingest/ingest-routes';
import { startCollectorJobs } from '@stepfit/collector/jobs/start-jobs';
import { maintainPartitions } from '@stepfit/collector/usage/retention';
import { startTuner } from '@stepfit/tuner/tuner-worker';
import type { FastifyRequest } from 'fastify';
import { type Logger, pino } from 'pino';

import { reachesProject } from '../access/access.ts';
import { createGate } from '../access/gate.ts';
import type { ApiServer } from '../http/api-server.ts';
import { apiRoutes, createApp } from '../http/build-app.ts';
import { healthRoutes } from '../http/health-routes.ts';
import { startNotifier } from '../notify/notify.ts';
import { readQueues } from '../system/read-queues.ts';
import { createInstruments, type Instruments } from '../telemetry/instruments.ts';
import { startTelemetry, type Telemetry } from '../telemetry/start-telemetry.ts';
import { checkPort, listen } from './listen.ts';
import { checkServerConfig, type ServerConfig } from './server-config.ts';
import { shutDown } from './shut-down.ts';

export interface Server {
  /** Where it listens, with the port it got. */
  readonly url: string;
  /** Ends gracefully and loses nothing that was acknowledged. A second call waits for the first. */
  close(): Promise<void>;
}

interface Worker {
  stop(): Promise<void>;
}

/** How soon a settled attempt's step is looked at; one index look-up a poll. */
const TUNER_POLL_MS = 1000;
const STDERR = 2;

/**
 * Composes the process: store, routes, jobs and tuner, as the roles say, and listens.
 *
 * @throws {StepfitError} `unsafe-listen`, `invalid-input`, `store-locked`, `store-unavailable` or
 *   `port-in-use`; whatever had been opened is closed again.
 */
export async function startServer(config: ServerConfig): Promise<Server> {
  checkServerConfig(config);
  await checkPort(config);
  const log = pino({ level: config.logLevel, base: null }, pino.destination(STDERR));
  const telemetry = await startTelemetry(process.env, config, log);
  const instruments = createInstruments();
  const store = await openStore({
    log,
    ...(config.databaseUrl === undefined
      ? { dataDir: config.dataDir }
      : { databaseUrl: config.databaseUrl }),
  }).catch(async (error: unknown) => {
    await telemetry.stop();
    throw error;
  });

  const parts: Parts = { config, log, store, instruments, telemetry, isClosing: false };
  try {
    await preparePartitions(parts);
    const app = await composeApp(parts);
    const url = await listen(app, config);
    const workers = startWorkers(parts);
    if (telemetry.isOn) instruments.watchQueues(async () => readQueues(store));
    log.info({ url, store: store.kind, roles: config.roles }, 'listening');
    return { url, close: closeOnce(parts, app, workers) };
  } catch (error) {
    await store.close();
    await telemetry.stop();
    throw error;
  }
}

interface Parts {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly store: Store;
  readonly instruments: Instruments;
  readonly telemetry: Telemetry;
  isClosing: boolean;
}

function clock(): Date {
  return new Date();
}

function collectorContext({ config, store, log, instruments }: Parts): CollectorContext {
  const limits = { ...DEFAULT_INGEST_LIMITS, retentionDays: config.retentionDays };
  return { store, clock, log, limits, meters: instruments.collector };
}

async function composeApp(parts: Parts): Promise<ApiServer> {
  const { config, log, store, instruments } = parts;
  const { token, roles, prices } = config;
  const gated = token !== undefined && { gate: createGate({ token, db: store.db, clock }) };
  const app = createApp({ log, instruments, ...gated });
  if (roles.includes('api')) {
    const { retentionDays } = config;
    const process = { roles, startedAt: clock(), retentionDays };
    await apiRoutes(app, { store, clock, prices, ...process, ...gated });
  }
  if (roles.includes('collector')) {
    await app.register(async (scope) => ingestRoutes(scope, collectorContext(parts), mayWrite));
  }
  healthRoutes(app, { store }, () => parts.isClosing);
  return app;
}

/** What is sent may name any project; a token may be for one alone. */
function mayWrite({ access }: FastifyRequest, project: string): boolean {
  return reachesProject(access, project);
}

/** Before the first point arrives: one that is being stored while its partition is made would be refused. */
async function preparePartitions({ config, store }: Parts): Promise<void> {
  if (!config.roles.includes('collector')) return;
  const { retentionDays } = config;
  await maintainPartitions(store.db, { now: clock(), retentionDays });
}

function startWorkers(parts: Parts): readonly Worker[] {
  const { config, store, log, instruments } = parts;
  const workers: Worker[] = [];
  if (config.roles.includes('collector')) {
    workers.push(startCollectorJobs(collectorContext(parts)));
  }
  if (config.roles.includes('tuner')) {
    workers.push(
      startTuner({
        store,
        clock,
        log,
        prices: config.prices,
        network: config.network,
        pollMs: TUNER_POLL_MS,
        meters: instruments.tuner,
      }),
    );
  }
  if (config.roles.includes('tuner') && config.hooks.length > 0) {
    workers.push(startNotifier({ store, clock, log, hooks: config.hooks }));
  }
  return workers;
}

/**
 * Stops accepting and finishes requests in flight; then jobs and tuner finish what they hold; then the store
 * closes; each bounded, since a supervisor kills what takes longer (30 s is Kubernetes' default).
 */
function closeOnce(parts: Parts, app: ApiServer, workers: readonly Worker[]): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return async () => {
    parts.isClosing = true;
    closing ??= shutDown(
      [
        { name: 'requests', timeoutMs: 10_000, run: async () => app.close() },
        {
          name: 'workers',
          timeoutMs: 8000,
          run: async () => Promise.all(workers.map(async (worker) => worker.stop())),
        },
        { name: 'telemetry', timeoutMs: 3000, run: async () => parts.telemetry.stop() },
        { name: 'store', timeoutMs: 8000, run: async () => parts.store.close() },
      ],
      parts.log,
    ).then(() => parts.log.info({}, 'stopped'));
    await closing;
  };
}
