import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import { type Kysely, sql, type Transaction } from 'kysely';

import type { Database } from '../db/tables.ts';
import { type RowOf, unnestRows } from '../db/unnest-rows.ts';
import { type InferredEnd, inferEnd, type LastWords } from './infer-end.ts';

export interface CloseSilentOptions {
  readonly now: Date;
  /** Since when this process has been listening: what came before may have found no one to hear it. */
  readonly listeningSince: Date;
  /** How long an attempt may say nothing. */
  readonly silenceMs: number;
}

/** Attempts closed in one transaction. */
const MAX_ATTEMPTS = 500;

/**
 * Closes attempts that will not report an end any more: those silent for too long, those whose task has a newer
 * attempt, and those whose process was seen to end. The outcome is inferred from what they last said, and gives way to anything new.
 *
 * Returns how many were closed; call again while it is not 0.
 */
export async function closeSilent(
  db: Kysely<Database>,
  options: CloseSilentOptions,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const attempts = await lockSilent(tx, options);
    if (attempts.length > 0) await saveEnds(tx, attempts, options);
    return attempts.length;
  });
}

interface SilentRow {
  readonly project: string;
  readonly attempt_id: string;
  readonly ended_at: Date;
  readonly last_seen_at: Date;
  readonly newer_attempt: number | null;
  readonly oom_kills: number;
  readonly exit_code: number | null;
  readonly limit_memory_mib: number | null;
  readonly last_memory_bytes: number | null;
}

async function lockSilent(
  tx: Transaction<Database>,
  { now, listeningSince, silenceMs }: CloseSilentOptions,
): Promise<readonly SilentRow[]> {
  const cutoff = new Date(now.getTime() - silenceMs);
  // Nobody can have been silent towards a process that has not listened for so long.
  const latestSeen = listeningSince > cutoff ? new Date(0) : cutoff;
  const { rows } = await sql<SilentRow>`
    select a.project, a.attempt_id, coalesce(a.last_sample_at, a.started_at) as ended_at,
      a.last_seen_at, newer.attempt as newer_attempt, a.oom_kills, a.exit_code, a.limit_memory_mib,
      memory.last_value as last_memory_bytes
    from attempt a
    left join lateral (
      select max(b.attempt) as attempt from attempt b
      where b.project = a.project and b.flow = a.flow and b.run = a.run and b.step = a.step
        and b.task = a.task and b.attempt > a.attempt
    ) newer on true
    left join lateral (
      select c.point_values[array_upper(c.point_values, 1)] as last_value
      from usage_chunk c
      where c.project = a.project and c.attempt_id = a.attempt_id
        and c.metric = ${METRICS.memoryUsage.name}
      order by c.chunk_start desc
      limit 1
    ) memory on true
    where a.outcome is null
      and (a.last_seen_at < ${latestSeen.toISOString()}::timestamptz or newer.attempt is not null
        or a.exit_code is not null)
    order by a.project, a.attempt_id
    limit ${MAX_ATTEMPTS}
    for update of a skip locked`.execute(tx);
  return rows;
}

const END_COLUMNS = {
  project: 'text',
  attempt_id: 'text',
  outcome: 'text',
  outcome_evidence: 'text',
  ended_at: 'timestamptz',
} as const;

async function saveEnds(
  tx: Transaction<Database>,
  attempts: readonly SilentRow[],
  { now }: CloseSilentOptions,
): Promise<void> {
  const rows = attempts.map((row) => toEndRow(row, inferEnd(toLastWords(row, now))));
  await sql`
    update attempt as a
    set outcome = e.outcome, outcome_source = 'inferred', outcome_evidence = e.outcome_evidence,
      ended_at = e.ended_at, settled_at = null
    from ${unnestRows('e', END_COLUMNS, rows)}
    where a.project = e.project and a.attempt_id = e.attempt_id`.execute(tx);
}

const BYTES_PER_MIB = 1024 * 1024;

function toLastWords(row: SilentRow, now: Date): LastWords {
  return {
    oomKills: row.oom_kills,
    silentForMs: now.getTime() - row.last_seen_at.getTime(),
    ...(row.last_memory_bytes !== null && {
      lastMemoryMiB: row.last_memory_bytes / BYTES_PER_MIB,
    }),
    ...(row.limit_memory_mib !== null && { limitMemoryMiB: row.limit_memory_mib }),
    ...(row.exit_code !== null && { exitCode: row.exit_code }),
    ...(row.newer_attempt !== null && { newerAttempt: row.newer_attempt }),
  };
}

function toEndRow(row: SilentRow, end: InferredEnd): RowOf<typeof END_COLUMNS> {
  return {
    project: row.project,
    attempt_id: row.attempt_id,
    outcome: end.outcome,
    outcome_evidence: end.evidence,
    ended_at: row.ended_at.toISOString(),
  };
}
