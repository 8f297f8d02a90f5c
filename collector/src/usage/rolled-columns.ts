import { type RawBuilder, sql } from 'kysely';

const COUNTS = ['attempts', 'runs', 'succeeded', 'failed', 'oom', 'lost'] as const;
const AMOUNTS = [
  'duration_hours',
  'requested_gib_hours',
  'needed_gib_hours',
  'wasted_gib_hours',
  'requested_core_hours',
  'used_core_hours',
  'wasted_core_hours',
  'requested_gpu_hours',
  'busy_gpu_hours',
] as const;
const PEAKS = ['peak_memory_mib', 'peak_cores'] as const;

/** What `step_day` and `step_week` have besides their key. */
export const ROLLED_COLUMNS: RawBuilder<unknown> = sql.raw(
  [...COUNTS, ...AMOUNTS, ...PEAKS].join(', '),
);

/** The same columns of several of their rows taken together, under the same names. */
export const ROLLED_SUMS: RawBuilder<unknown> = sql.raw(
  [
    ...COUNTS.map((name) => `sum(${name})::int as ${name}`),
    ...AMOUNTS.map((name) => `sum(${name})::float8 as ${name}`),
    ...PEAKS.map((name) => `max(${name})::float8 as ${name}`),
  ].join(', '),
);
