import { reachesProject } from '@stepfit/api/access/access';
import { createGate } from '@stepfit/api/access/gate';
import type { ApiServer } from '@stepfit/api/http/api-server';
import { apiRoutes, createApp } from '@stepfit/api/http/build-app';
import { healthRoutes } from '@stepfit/api/http/health-routes';
import { ROLES } from '@stepfit/api/serve/roles';
import { createInstruments } from '@stepfit/api/telemetry/instruments';
import type { Store } from '@stepfit/collector/db/open-store';
import { DEFAULT_INGEST_LIMITS } from '@stepfit/collector/ingest/ingest-limits';
import { ingestRoutes } from '@stepfit/collector/ingest/ingest-routes';
import { settleAll } from '@stepfit/collector/usage/settle';
import type { MemorySource, Outcome } from '@stepfit/sdk-plugin/contract/attributes';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { tuneDueSteps } from '@stepfit/tuner/tuner-worker';
import { pino } from 'pino';

import {
  attemptSpan,
  metricOf,
  metricsRequest,
  type ResourceFacts,
  resourceOf,
  tracesRequest,
} from '../../support/otlp.ts';
import { silentLog } from '../../support/silent-log.ts';

const MIB = 1024 ** 2;

/** All routes over a store, without jobs and tuner: `settleAndTune` does their work at a known moment. */
export interface ServedApp {
  readonly app: ApiServer;
  get(path: string, headers?: Record<string, string>): Promise<ServedAnswer>;
  ingest(attempt: SampledAttempt): Promise<void>;
  settleAndTune(): Promise<void>;
  close(): Promise<void>;
}

interface ServedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  json<Body>(): Body;
}

/** One attempt as a sampler reports it: a minute long, a sample every ten seconds. */
export interface SampledAttempt extends ResourceFacts {
  readonly startMs: number;
  readonly peakMiB: number;
  readonly source?: MemorySource;
  /** Cores in use throughout. */
  readonly cores?: number;
  readonly gpus?: readonly SampledGpu[];
  /** Undefined: it is still running. */
  readonly outcome?: Outcome | undefined;
}

/** What one GPU did throughout. */
export interface SampledGpu {
  readonly id: string;
  readonly utilization: number;
  readonly usedMiB: number;
  readonly limitMiB: number;
}

const DURATION_MS = 60_000;
const SAMPLE_MS = 10_000;

export async function serveApp(
  store: Store,
  options: { readonly token?: string; readonly isClosing?: () => boolean } = {},
): Promise<ServedApp> {
  const { token, isClosing = () => false } = options;
  const gated = token !== undefined && { gate: createGate({ token, db: store.db, clock }) };
  const app = createApp({
    log: pino({ level: 'silent' }),
    instruments: createInstruments(),
    ...gated,
  });
  const prices = EXAMPLE_PRICES;
  await apiRoutes(app, { store, clock, prices, roles: ROLES, startedAt: clock(), ...gated });
  await app.register(async (scope) =>
    ingestRoutes(
      scope,
      { store, clock, log: silentLog, limits: DEFAULT_INGEST_LIMITS },
      ({ access }, project) => reachesProject(access, project),
    ),
  );
  healthRoutes(app, { store }, isClosing);
  await app.ready();

  return {
    app,
    async get(path, headers = {}) {
      const answer = await app.inject({ method: 'GET', url: path, headers });
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text: answer.body,
        json: <Body>() => JSON.parse(answer.body) as Body,
      };
    },
    async ingest(attempt) {
      for (const [url, payload] of Object.entries(requestsOf(attempt))) {
        const answer = await app.inject({ method: 'POST', url, payload });
        if (answer.statusCode !== 200 || answer.body.includes('rejected')) {
          throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
        }
      }
    },
    async settleAndTune() {
      await settleAll(store.db, clock());
      await tuneDueSteps({ store, clock, log: silentLog, prices });
    },
    close: async () => app.close(),
  };
}

function clock(): Date {
  return new Date();
}

/** The OTLP requests of one attempt: its metrics, and the span that closes it. */
export function requestsOf(attempt: SampledAttempt): Record<string, object> {
  const {
    startMs,
    peakMiB,
    source = 'cgroup-peak',
    cores = 0.9,
    gpus = [],
    outcome,
    ...facts
  } = attempt;
  const resource = resourceOf({ ...facts, startedUnixMs: startMs });
  const times = Array.from({ length: DURATION_MS / SAMPLE_MS }, (_, index) => index + 1).map(
    (index) => startMs + index * SAMPLE_MS,
  );
  const metrics = [
    metricOf(
      'cpuTime',
      times.map((atMs) => ({
        atMs,
        value: (cores * (atMs - startMs)) / 1000,
        attributes: { 'cpu.mode': 'user' },
      })),
    ),
    metricOf(
      'memoryUsage',
      times.map((atMs, index) => ({ atMs, value: (peakMiB * MIB * (index + 1)) / times.length })),
    ),
    metricOf(
      'memoryPeak',
      times.map((atMs) => ({
        atMs,
        value: peakMiB * MIB,
        attributes: { 'stepfit.memory.source': source },
      })),
    ),
  ];
  if (gpus.length > 0) metrics.push(...gpuMetrics(gpus, times));
  if (outcome === undefined) return { '/v1/metrics': metricsRequest(resource, metrics) };
  const span = attemptSpan({
    outcome,
    startMs,
    endMs: startMs + DURATION_MS,
    attributes: {
      peakMemoryBytes: peakMiB * MIB,
      peakMemorySource: source,
      cpuSeconds: (cores * DURATION_MS) / 1000,
    },
  });
  return {
    '/v1/metrics': metricsRequest(resource, metrics),
    '/v1/traces': tracesRequest(resource, [span]),
  };
}

function gpuMetrics(gpus: readonly SampledGpu[], times: readonly number[]): object[] {
  function pointsOf(valueOf: (gpu: SampledGpu, index: number) => number) {
    return gpus.flatMap((gpu) =>
      times.map((atMs, index) => ({
        atMs,
        value: valueOf(gpu, index),
        attributes: { 'hw.id': gpu.id },
      })),
    );
  }
  return [
    // Warming up shows that a series is drawn, and not its mean.
    metricOf(
      'gpuUtilization',
      pointsOf(({ utilization }, index) => (index === 0 ? 0 : utilization)),
    ),
    metricOf(
      'gpuMemoryUsage',
      pointsOf(({ usedMiB }, index) => (index === 0 ? 0 : usedMiB * MIB)),
    ),
    metricOf(
      'gpuMemoryLimit',
      pointsOf(({ limitMiB }) => limitMiB * MIB),
    ),
  ];
}
