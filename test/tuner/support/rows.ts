import type { Store } from '@stepfit/collector/db/open-store';
import type { AttemptTable } from '@stepfit/collector/db/tables';
import { attemptId } from '@stepfit/collector/identity/attempt-id';
import type { Insertable } from 'kysely';

import { HOUR_MS } from './attempts.ts';

export const KEY = { project: 'default', flow: 'Train', step: 'fit' } as const;
export const NOW = new Date('2026-03-01T12:00:00.000Z');

/** A settled attempt of an over-provisioned step: 16000 MiB asked for on Batch, 600 needed. */
export function attemptRow(
  overrides: Partial<Insertable<AttemptTable>> = {},
): Insertable<AttemptTable> {
  const row = { ...KEY, run: '1', task: '1', attempt: 0, ...overrides };
  const startedAt = new Date(NOW.getTime() - 2 * HOUR_MS);
  const endedAt = new Date(NOW.getTime() - HOUR_MS);
  return {
    attempt_id: attemptId(row),
    started_at: startedAt,
    ended_at: endedAt,
    duration_ms: HOUR_MS,
    last_seen_at: endedAt,
    outcome: 'succeeded',
    outcome_source: 'reported',
    declared_cpu_cores: 1,
    declared_memory_mib: 16_000,
    declared_decorators: JSON.stringify([{ name: 'resources', attributes: { memory: 16_000 } }]),
    request_cpu_cores: 1,
    request_memory_mib: 16_000,
    backend: 'batch',
    features: '{}',
    peak_memory_mib: 600,
    peak_memory_source: 'cgroup-peak',
    oom_kills: 0,
    profile_cores: [0.5, 1],
    profile_seconds: [600, 3000],
    host_cpu_cores: 4,
    settled_at: endedAt,
    ...row,
  };
}

/** Stores settled attempts and makes their steps due. */
export async function addAttempts(
  { db }: Store,
  rows: readonly Insertable<AttemptTable>[],
): Promise<void> {
  await db
    .insertInto('attempt')
    .values([...rows])
    .execute();
  const steps = Map.groupBy(rows, ({ project, flow, step }) =>
    JSON.stringify([project, flow, step]),
  );
  for (const members of steps.values()) {
    const { project, flow, step } = members[0] ?? KEY;
    const count = members.length;
    await db
      .insertInto('step')
      .values({ project, flow, step, settled_attempts: count, tune_due_at: NOW })
      .onConflict((conflict) =>
        conflict.columns(['project', 'flow', 'step']).doUpdateSet((update) => ({
          settled_attempts: update('step.settled_attempts', '+', count),
          tune_due_at: NOW,
        })),
      )
      .execute();
  }
}

/** As many runs of the step, all alike but for the overrides. */
export function runs(
  count: number,
  overrides: Partial<Insertable<AttemptTable>> = {},
  from = 1,
): Insertable<AttemptTable>[] {
  return Array.from({ length: count }, (_, index) =>
    attemptRow({ run: String(from + index), ...overrides }),
  );
}
