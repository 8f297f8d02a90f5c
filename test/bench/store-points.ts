import type { Store } from '@stepfit/collector/db/open-store';
import { unnestRows } from '@stepfit/collector/db/unnest-rows';
import { recordUsage } from '@stepfit/collector/usage/record-usage';
import type { AttemptReport } from '@stepfit/collector/usage/usage-report';
import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import { sql } from 'kysely';

import { attemptReport } from '../support/attempt-report.ts';
import { compare, print } from './measure.ts';

const ATTEMPTS = 200;
const SECONDS = 10;
const SERIES = [
  { metric: METRICS.cpuTime.name, series: 'user' },
  { metric: METRICS.cpuTime.name, series: 'system' },
  { metric: METRICS.memoryUsage.name, series: '' },
  { metric: METRICS.processCount.name, series: '' },
] as const;

/** Ten seconds of 200 attempts in one transaction, against a row for each point in a plain table. */
export async function benchStore(name: string, store: Store): Promise<void> {
  await sql`
    create table plain_point (
      attempt_id text, metric text, series text, at timestamptz, value double precision,
      primary key (attempt_id, metric, series, at)
    )`.execute(store.db);
  const points = ATTEMPTS * SERIES.length * SECONDS;
  // Each round writes the next ten seconds of the same attempts: chunks grow, as they do in life.
  let secondsStored = 0;
  let secondsPlain = 0;
  const startedAtMs = Date.now() - 600_000;
  print(
    `Storing on ${name}: ${points} points of ${ATTEMPTS} attempts in a transaction`,
    await compare(8, [
      {
        what: 'as chunks, with attempts and steps kept up to date',
        unit: 'points',
        run: async () => {
          await recordUsage(store.db, reportsAt(startedAtMs, secondsStored), {
            now: new Date(),
            maxStepsPerProject: 5000,
          });
          secondsStored += SECONDS;
          return points;
        },
      },
      {
        what: 'baseline: one row a point, unnest, primary key, conflicts ignored',
        unit: 'points',
        run: async () => {
          await storePlain(store, reportsAt(startedAtMs, secondsPlain));
          secondsPlain += SECONDS;
          return points;
        },
      },
    ]),
  );
  await sql`drop table plain_point`.execute(store.db);
}

function reportsAt(startedAtMs: number, fromSecond: number): AttemptReport[] {
  return Array.from({ length: ATTEMPTS }, (_, task) =>
    attemptReport({
      identity: { task: String(task), step: `step-${task % 20}` },
      startedAtMs,
      lastSampleAtMs: startedAtMs + (fromSecond + SECONDS) * 1000,
      cpuSeconds: fromSecond + SECONDS,
      peak: { memoryMiB: 500 + fromSecond, source: 'vm-hwm' },
      series: SERIES.map((series) => ({
        ...series,
        timesMs: Array.from({ length: SECONDS }, (__, s) => startedAtMs + (fromSecond + s) * 1000),
        values: Array.from({ length: SECONDS }, (__, s) => fromSecond + s + task),
      })),
    }),
  );
}

async function storePlain(store: Store, reports: readonly AttemptReport[]): Promise<void> {
  const rows = reports.flatMap(({ attemptId, series }) =>
    series.flatMap(({ metric, series: label, timesMs, values }) =>
      timesMs.map((timeMs, index) => ({
        attempt_id: attemptId,
        metric,
        series: label,
        at: new Date(timeMs).toISOString(),
        value: values[index] ?? 0,
      })),
    ),
  );
  const columns = {
    attempt_id: 'text',
    metric: 'text',
    series: 'text',
    at: 'timestamptz',
    value: 'double precision',
  } as const;
  await store.db.transaction().execute(async (tx) => {
    await sql`
      insert into plain_point select attempt_id, metric, series, at, value
      from ${unnestRows('e', columns, rows)} on conflict do nothing`.execute(tx);
  });
}
