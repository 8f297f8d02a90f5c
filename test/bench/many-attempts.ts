import type { Store } from '@stepfit/collector/db/open-store';
import { recordUsage } from '@stepfit/collector/usage/record-usage';
import { maintainPartitions } from '@stepfit/collector/usage/retention';
import { settleAll } from '@stepfit/collector/usage/settle';
import type { AttemptReport } from '@stepfit/collector/usage/usage-report';
import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { tuneDueSteps } from '@stepfit/tuner/tuner-worker';
import { sql } from 'kysely';

import { attemptReport } from '../support/attempt-report.ts';
import { silentLog } from '../support/silent-log.ts';

const STEPS = 2000;
const STEPS_PER_FLOW = 20;
const WINDOW_DAYS = 28;
const RETENTION_DAYS = 30;
const BATCH = 2000;
const DAY_MS = 86_400_000;
const DURATION_MS = 600_000;
const MIB = 1024 ** 2;

/**
 * Brings a store to so many attempts over `STEPS` steps and four weeks, by the collector's own verbs, settles
 * and tunes them, and prints how long each took. A store that was left half-way is gone on with.
 */
export async function fillStore(store: Store, attempts: number): Promise<void> {
  const [already, now] = await stateOf(store);
  print(`${attempts.toLocaleString('en-US')} attempts over ${STEPS} steps`);
  await phase('stored', async () => {
    for (let from = already; from < attempts; from += BATCH) {
      const count = Math.min(BATCH, attempts - from);
      const reports = Array.from({ length: count }, (_, index) =>
        reportOf(from + index, attempts, now.getTime()),
      );
      await recordUsage(store.db, reports, { now, maxStepsPerProject: STEPS });
    }
    return Math.max(0, attempts - already);
  });
  await phase('days put into partitions', async () => {
    const options = { now: new Date(), retentionDays: RETENTION_DAYS };
    return (await maintainPartitions(store.db, options)).created.length;
  });
  await phase('settled', async () => settleAll(store.db, now));
  await phase('tuned', async () =>
    tuneDueSteps({ store, clock: () => new Date(), log: silentLog, prices: EXAMPLE_PRICES }),
  );
  // As autovacuum does within minutes on a server that is not filled in one go.
  await sql`vacuum analyze`.execute(store.db);
  await printSizes(store, attempts);
}

async function phase(what: string, run: () => Promise<number>): Promise<void> {
  const startedAtMs = performance.now();
  const done = await run();
  if (done === 0) return;
  const seconds = (performance.now() - startedAtMs) / 1000;
  const rate = Math.round(done / seconds).toLocaleString('en-US');
  const mostMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  print(
    `  ${done.toLocaleString('en-US')} ${what} in ${seconds.toFixed(0)} s (${rate}/s), ` +
      `this process so far ${mostMiB} MiB at most`,
  );
}

/** Attempts are stored in order of their number, whole batches at a time, so a count says where to go on. */
async function stateOf(store: Store): Promise<[attempts: number, now: Date]> {
  const { rows } = await sql<{ attempts: number; since: Date | null }>`
    select (select count(*) from attempt)::int as attempts, min(first_seen_at) as since
    from step`.execute(store.db);
  const [state] = rows;
  return [state?.attempts ?? 0, state?.since ?? new Date()];
}

async function printSizes(store: Store, attempts: number): Promise<void> {
  const { rows } = await sql<{ rows: number; series: number; total: number }>`
    select pg_total_relation_size('attempt')::float8 as rows,
      (select sum(pg_total_relation_size(relid)) from pg_partition_tree('usage_chunk') where isleaf)::float8
        as series,
      pg_database_size(current_database())::float8 as total`.execute(store.db);
  const [size] = rows;
  if (size === undefined) return;
  print(
    `  store: ${(size.total / MIB).toFixed(0)} MiB; an attempt is ${bytes(size.rows / attempts)} for ever and ` +
      `${bytes(size.series / attempts)} of series until they are dropped`,
  );
}

function bytes(count: number): string {
  return `${Math.round(count).toLocaleString('en-US')} bytes`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
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
