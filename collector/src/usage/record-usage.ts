import { type Kysely, sql, type Transaction } from 'kysely';

import type { Database } from '../db/tables.ts';
import { type RowOf, unnestRows } from '../db/unnest-rows.ts';
import { admitSteps, stepKey } from './admit-steps.ts';
import {
  ATTEMPT_COLUMN_TYPES,
  INSERT_LIST,
  MERGE_ASSIGNMENTS,
  SAYS_SOMETHING_NEW,
  SELECT_LIST,
  toAttemptRow,
} from './attempt-columns.ts';
import { mergeReports } from './merge-reports.ts';
import { toChunks } from './to-chunks.ts';
import type { AttemptReport } from './usage-report.ts';

export interface RecordUsageOptions {
  readonly now: Date;
  readonly maxStepsPerProject: number;
}

export interface RecordedUsage {
  /** Keys of steps that the project has no room for; nothing of their reports was stored. */
  readonly refusedSteps: ReadonlySet<string>;
}

type Tx = Transaction<Database>;

/**
 * Stores reports in one transaction, so that either all of them are there or none. Idempotent: a report that
 * says nothing new changes nothing at all, in whatever order reports come and however often. What is new
 * makes the attempt unsettled again, and opens one that was only thought to be lost.
 */
export async function recordUsage(
  db: Kysely<Database>,
  reports: readonly AttemptReport[],
  options: RecordUsageOptions,
): Promise<RecordedUsage> {
  const merged = mergeReports(reports);
  if (merged.length === 0) return { refusedSteps: new Set() };
  return db.transaction().execute(async (tx) => {
    const refusedSteps = await admitSteps(tx, merged, options);
    const admitted =
      refusedSteps.size === 0
        ? merged
        : merged.filter(({ identity }) => !refusedSteps.has(stepKey(identity)));
    if (admitted.length > 0) {
      const updated = await mergeAttempts(tx, admitted, options.now);
      const grown = await mergeChunks(tx, admitted);
      await reopen(
        tx,
        grown.filter((key) => !updated.has(attemptKey(key))),
        options.now,
      );
    }
    return { refusedSteps };
  });
}

const KEY_COLUMNS = { project: 'text', attempt_id: 'text' } as const;
type AttemptKey = RowOf<typeof KEY_COLUMNS>;

function attemptKey({ project, attempt_id }: AttemptKey): string {
  return `${project}\0${attempt_id}`;
}

/** Returns the keys of attempts that are new or learnt something new; all of them are locked. */
async function mergeAttempts(
  tx: Tx,
  reports: readonly AttemptReport[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<AttemptKey>`
    insert into attempt as a (${sql.raw(INSERT_LIST)}, last_seen_at)
    select ${sql.raw(SELECT_LIST)}, ${now.toISOString()}::timestamptz
    from ${unnestRows('e', ATTEMPT_COLUMN_TYPES, reports.map(toAttemptRow))}
    on conflict (project, attempt_id) do update
    set ${sql.raw(MERGE_ASSIGNMENTS)}, last_seen_at = excluded.last_seen_at, settled_at = null
    where ${sql.raw(SAYS_SOMETHING_NEW)}
    returning a.project, a.attempt_id`.execute(tx);
  return new Set(rows.map(attemptKey));
}

const CHUNK_COLUMNS = {
  ...KEY_COLUMNS,
  metric: 'text',
  series: 'text',
  chunk_start: 'timestamptz',
  offsets_ms: 'text',
  point_values: 'text',
} as const;

/** Returns the keys of attempts that got a point they did not have. */
async function mergeChunks(
  tx: Tx,
  reports: readonly AttemptReport[],
): Promise<readonly AttemptKey[]> {
  const chunks = reports.flatMap(chunkRows);
  if (chunks.length === 0) return [];
  const { rows } = await sql<AttemptKey>`
    insert into usage_chunk as c
      (project, attempt_id, metric, series, chunk_start, offsets_ms, point_values)
    select e.project, e.attempt_id, e.metric, e.series, e.chunk_start,
      e.offsets_ms::integer[], e.point_values::double precision[]
    from ${unnestRows('e', CHUNK_COLUMNS, chunks)}
    on conflict (project, attempt_id, metric, series, chunk_start) do update
    set (offsets_ms, point_values) = (
      select array_agg(u.o order by u.o), array_agg(u.v order by u.o)
      from (
        select p.o, p.v from unnest(c.offsets_ms, c.point_values) as p (o, v)
        union all
        select p.o, p.v from unnest(excluded.offsets_ms, excluded.point_values) as p (o, v)
        where p.o <> all (c.offsets_ms)
      ) u
    )
    where not c.offsets_ms @> excluded.offsets_ms
    returning c.project, c.attempt_id`.execute(tx);
  return rows;
}

function chunkRows({ identity, attemptId, series }: AttemptReport): RowOf<typeof CHUNK_COLUMNS>[] {
  return series.flatMap(toChunks).map((chunk) => ({
    project: identity.project,
    attempt_id: attemptId,
    metric: chunk.metric,
    series: chunk.series,
    chunk_start: new Date(chunk.chunkStartMs).toISOString(),
    offsets_ms: `{${chunk.offsetsMs.join(',')}}`,
    point_values: `{${chunk.values.join(',')}}`,
  }));
}

/** For attempts whose row said nothing new but whose series did: late points between known ones. */
async function reopen(tx: Tx, keys: readonly AttemptKey[], now: Date): Promise<void> {
  if (keys.length === 0) return;
  await sql`
    update attempt as a
    set last_seen_at = ${now.toISOString()}::timestamptz, settled_at = null,
      outcome = case when a.outcome_source = 'inferred' then null else a.outcome end,
      outcome_evidence = case when a.outcome_source = 'inferred' then null else a.outcome_evidence end,
      ended_at = case when a.outcome_source = 'inferred' then null else a.ended_at end,
      outcome_source = nullif(a.outcome_source, 'inferred')
    from (select distinct project, attempt_id from ${unnestRows('k', KEY_COLUMNS, keys)}) as e
    where a.project = e.project and a.attempt_id = e.attempt_id`.execute(tx);
}
