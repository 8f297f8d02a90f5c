import { randomUUID } from 'node:crypto';

import type { ApiServer } from '@stepfit/api/http/api-server';
import { openStore, type Store } from '@stepfit/collector/db/open-store';
import { recordUsage } from '@stepfit/collector/usage/record-usage';
import { settleAll } from '@stepfit/collector/usage/settle';
import type { AttemptReport } from '@stepfit/collector/usage/usage-report';
import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { tuneDueSteps } from '@stepfit/tuner/tuner-worker';
import { sql } from 'kysely';
import { Client } from 'pg';

import { serveApp } from '../api/support/served-app.ts';
import { attemptReport } from '../support/attempt-report.ts';
import { startPostgres } from '../support/postgres.ts';
import { silentLog } from '../support/silent-log.ts';

const STEPS = 2000;
const STEPS_PER_FLOW = 20;
const WINDOW_DAYS = 28;
const BATCH = 2000;
const DAY_MS = 86_400_000;
const DURATION_MS = 600_000;
const REQUESTS = 40;
/** What people wait for before they see a number. */
const PAGES = [
  ['overview: report', '/report?limit=200'],
  ['overview: trend', '/report/trend'],
  ['overview: filters', '/report/facets'],
  ['inbox', '/inbox'],
  ['flow', '/flows/Flow7'],
  ['step', '/flows/Flow7/steps/step-7'],
  ['step: columns to replay', '/flows/Flow7/steps/step-7/replay'],
  ['system', '/system'],
] as const;

/**
 * What the dashboard asks for, over the same 2,000 steps with few attempts and with a hundred times as many
 * (`STEPFIT_BENCH_ATTEMPTS`, 1,000,000 unless given), on PostgreSQL. Attempts come through the collector's own
 * path, are settled and tuned. The cost is not to grow with the attempts.
 */
export async function benchDashboard(): Promise<void> {
  const most = Number(process.env['STEPFIT_BENCH_ATTEMPTS'] ?? 1_000_000);
  const server = await startPostgres();
  try {
    const few = await measure(server.url, 10_000);
    const many = await measure(server.url, most);
    print(few, many, most);
  } finally {
    await server.stop();
  }
}

interface Latency {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

async function measure(serverUrl: string, attempts: number): Promise<ReadonlyMap<string, Latency>> {
  const store = await openFreshStore(serverUrl);
  try {
    await fill(store, attempts);
    const { app } = await serveApp(store);
    const latencies = new Map<string, Latency>();
    for (const [name, path] of PAGES) latencies.set(name, await latencyOf(app, `/api/v1${path}`));
    await app.close();
    return latencies;
  } finally {
    await store.close();
  }
}

async function openFreshStore(serverUrl: string): Promise<Store> {
  const name = `bench_${randomUUID().replaceAll('-', '')}`;
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const databaseUrl = serverUrl.replace('/postgres?', `/${name}?`);
  return openStore({ databaseUrl, log: silentLog });
}

async function fill(store: Store, attempts: number): Promise<void> {
  const startedAtMs = performance.now();
  const now = new Date();
  for (let from = 0; from < attempts; from += BATCH) {
    const reports = Array.from({ length: Math.min(BATCH, attempts - from) }, (_, index) =>
      reportOf(from + index, attempts, now.getTime()),
    );
    await recordUsage(store.db, reports, { now, maxStepsPerProject: STEPS });
  }
  const storedAtMs = performance.now();
  await settleAll(store.db, now);
  const settledAtMs = performance.now();
  await tuneDueSteps({ store, clock: () => new Date(), log: silentLog, prices: EXAMPLE_PRICES });
  // As autovacuum does within minutes on a server that is not filled in one go.
  await sql`analyze`.execute(store.db);
  process.stdout.write(
    `  ${attempts.toLocaleString('en-US')} attempts over ${STEPS} steps: stored in ${seconds(startedAtMs, storedAtMs)}, ` +
      `settled in ${seconds(storedAtMs, settledAtMs)}, tuned in ${seconds(settledAtMs, performance.now())}\n`,
  );
}

function seconds(fromMs: number, toMs: number): string {
  return `${((toMs - fromMs) / 1000).toFixed(0)} s`;
}

/** The same attempt for the same number, whatever came before: a seeded generator without a state. */
function reportOf(number: number, attempts: number, nowMs: number): AttemptReport {
  const step = number % STEPS;
  const turn = Math.floor(number / STEPS);
  const turns = Math.max(1, Math.ceil(attempts / STEPS));
  const startMs = nowMs - WINDOW_DAYS * DAY_MS * (1 - (turn + 0.5) / turns) - DURATION_MS;
  const endMs = startMs + DURATION_MS;
  const needMiB = 200 + 40 * (step % 50) + 300 * noise(number);
  const cores = 0.5 + noise(number + 1);
  return attemptReport({
    identity: {
      flow: `Flow${Math.floor(step / STEPS_PER_FLOW)}`,
      step: `step-${step % STEPS_PER_FLOW}`,
      run: `run-${turn}`,
      task: `task-${number}`,
    },
    startedAtMs: startMs,
    lastSampleAtMs: endMs,
    facts: {
      declaredCpuCores: 4,
      declaredMemoryMiB: 8192,
      declaredDecorators: [{ name: 'resources', attributes: { cpu: 4, memory: 8192 } }],
      requestCpuCores: 4,
      requestMemoryMiB: 8192,
      backend: step % 3 === 0 ? 'kubernetes' : 'batch',
      owner: `team-${step % 7}`,
      features: { 'input.bytes': Math.round(needMiB * 1000), foreach_index: turn },
    },
    peak: { memoryMiB: needMiB, source: 'cgroup-peak' },
    cpuSeconds: (cores * DURATION_MS) / 1000,
    series: [
      {
        metric: METRICS.cpuTime.name,
        series: 'user',
        timesMs: [startMs + 200_000, startMs + 400_000, endMs],
        values: [cores * 180, cores * 390, cores * 600],
      },
    ],
    end: { outcome: 'succeeded', endedAtMs: endMs },
  });
}

/** Evenly spread over 0 to 1 (a multiplicative hash). */
function noise(number: number): number {
  return (Math.imul(number + 1, 2_654_435_761) >>> 0) / 2 ** 32;
}

async function latencyOf(app: ApiServer, url: string): Promise<Latency> {
  const times: number[] = [];
  for (let request = 0; request <= REQUESTS; request += 1) {
    const startedAtMs = performance.now();
    const answer = await app.inject({ url });
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
    if (request > 0) times.push(performance.now() - startedAtMs);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return {
    p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? Number.NaN,
    p95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN,
  };
}

function print(
  few: ReadonlyMap<string, Latency>,
  many: ReadonlyMap<string, Latency>,
  attempts: number,
): void {
  const lines = [...many].map(([name, { p50Ms, p95Ms }]) => {
    const base = few.get(name) ?? { p50Ms: Number.NaN, p95Ms: Number.NaN };
    return `  ${name.padEnd(26)} ${ms(base.p50Ms)} ${ms(base.p95Ms)}   ${ms(p50Ms)} ${ms(p95Ms)}   × ${(p95Ms / base.p95Ms).toFixed(1)}`;
  });
  process.stdout.write(
    `The dashboard's requests on PostgreSQL, p50 and p95 in ms: 10,000 attempts, then ${attempts.toLocaleString('en-US')}\n${lines.join('\n')}\n`,
  );
}

function ms(value: number): string {
  return value.toFixed(1).padStart(7);
}
