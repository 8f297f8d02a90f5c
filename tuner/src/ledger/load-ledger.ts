import type { Store } from '@stepfit/collector/db/open-store';
import { type SqlBool, sql } from 'kysely';

import type { Ledger } from '../model/ledger.ts';
import type { Prices } from '../model/prices.ts';
import type { Suggestion } from '../model/suggestion.ts';
import { listAppliedSuggestions } from '../suggestion/suggestion-repository.ts';
import { ledgerOf } from './ledger-of.ts';
import { type PaidAttempt, type Realised, realisedSavings } from './realised.ts';

type Db = Store['db'];

export interface LedgerWindow {
  readonly project: string;
  readonly flow?: string;
  /** Tasks that started from then on. */
  readonly since: Date;
}

/** The newest attempts of a step that an entry rests on; more would not change it. */
const MOST_ATTEMPTS = 10_000;

/** Predicted against realised savings of every suggestion that has taken effect. */
export async function loadLedger(db: Db, window: LedgerWindow, prices: Prices): Promise<Ledger> {
  const applied = await listAppliedSuggestions(db, window);
  const bySteps = Map.groupBy(applied, ({ flow, step }) => JSON.stringify([flow, step]));
  const realised: Realised[] = [];
  for (const suggestions of bySteps.values()) {
    const [one] = suggestions;
    if (one === undefined) continue;
    const attempts = await loadPaidAttempts(db, one, window.since);
    for (const suggestion of suggestions) {
      const found = realisedSavings(suggestion, attempts, prices);
      if (found !== undefined) realised.push(found);
    }
  }
  return ledgerOf(realised, window.since, prices);
}

/** Ended attempts of a step in the window, the newest first. */
async function loadPaidAttempts(
  db: Db,
  { project, flow, step }: Suggestion,
  since: Date,
): Promise<PaidAttempt[]> {
  const rows = await db
    .selectFrom('attempt')
    .select([
      'run',
      'task',
      'attempt',
      'started_at',
      'ended_at',
      'duration_ms',
      'outcome',
      'request_cpu_cores',
      'request_memory_mib',
      'request_gpu_count',
      'hint',
    ])
    .where('project', '=', project)
    .where('flow', '=', flow)
    .where('step', '=', step)
    .where('started_at', '>=', since)
    .where(sql<SqlBool>`ended_at is not null and outcome is not null and outcome <> 'cached'`)
    .orderBy('ended_at', 'desc')
    .orderBy('attempt_id')
    .limit(MOST_ATTEMPTS)
    .execute();
  return rows.flatMap((row) => {
    const { ended_at: endedAt, outcome } = row;
    if (endedAt === null || outcome === null) return [];
    const startedAtMs = row.started_at.getTime();
    return [
      {
        run: row.run,
        task: row.task,
        attempt: row.attempt,
        startedAtMs,
        endedAtMs: endedAt.getTime(),
        durationMs: Math.max(0, row.duration_ms ?? endedAt.getTime() - startedAtMs),
        outcome,
        request: {
          ...(row.request_cpu_cores !== null && { cpuCores: row.request_cpu_cores }),
          ...(row.request_memory_mib !== null && { memoryMiB: row.request_memory_mib }),
          ...(row.request_gpu_count !== null && { gpuCount: row.request_gpu_count }),
        },
        ...(row.hint !== null && { hint: row.hint }),
      },
    ];
  });
}
