import type { Store } from '@stepfit/collector/db/open-store';
import { sql } from 'kysely';

import type { ApiContext } from '../http/api-context.ts';
import type { System } from '../http/schemas/system.ts';
import { VERSION } from '../version.ts';

interface CountRow {
  readonly steps: number;
  readonly settled: number;
  readonly tune_due: number;
  readonly skipped: number;
  readonly last_ended_at: Date | null;
  readonly running: number;
  readonly unsettled: number;
  readonly with_suggestion: number;
  readonly ended_last_hour: number;
  readonly bytes: number;
}

const HOUR_MS = 3_600_000;

/**
 * Counts over one project, from the step table and partial indexes only: attempts themselves are never
 * counted, so the answer is as quick with a million of them.
 */
async function countAll(db: Store['db'], project: string, hourAgo: Date): Promise<CountRow> {
  const { rows } = await sql<CountRow>`
    select count(*)::int as steps,
      coalesce(sum(step.settled_attempts), 0)::int as settled,
      (count(*) filter (where step.tune_due_at is not null))::int as tune_due,
      (count(*) filter (where step.skip_code is not null))::int as skipped,
      max(step.last_attempt_at) as last_ended_at,
      (select count(*) from attempt a where a.project = ${project} and a.outcome is null)::int as running,
      (select count(*) from attempt a where a.project = ${project}
        and a.outcome is not null and a.settled_at is null)::int as unsettled,
      (select count(*) from attempt a where a.project = ${project}
        and a.ended_at > ${hourAgo.toISOString()}::timestamptz)::int as ended_last_hour,
      pg_database_size(current_database())::float8 as bytes,
      (select count(*) from suggestion s where s.project = ${project} and s.state = 'proposed')::int
        as with_suggestion
    from step where step.project = ${project}`.execute(db);
  const [counts] = rows;
  if (counts === undefined) throw new Error('an aggregate without a row');
  return counts;
}

/** What this process is, and how much of a project's data it has worked through. */
export async function readSystem(context: ApiContext, project: string): Promise<System> {
  const { store, clock, roles, startedAt, retentionDays } = context;
  const counts = await countAll(store.db, project, new Date(clock().getTime() - HOUR_MS));
  return {
    version: VERSION,
    now: clock().toISOString(),
    startedAt: startedAt.toISOString(),
    store: store.kind,
    roles: [...roles],
    ...(retentionDays !== undefined && {
      storage: { bytes: counts.bytes, retentionDays },
    }),
    attempts: {
      settled: counts.settled,
      running: counts.running,
      unsettled: counts.unsettled,
      endedLastHour: counts.ended_last_hour,
      ...(counts.last_ended_at && { lastEndedAt: counts.last_ended_at.toISOString() }),
    },
    steps: {
      total: counts.steps,
      tuneDue: counts.tune_due,
      withSuggestion: counts.with_suggestion,
      skipped: counts.skipped,
    },
  };
}
