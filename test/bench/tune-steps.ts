import type { Store } from '@stepfit/collector/db/open-store';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { tuneDueSteps } from '@stepfit/tuner/tuner-worker';
import { sql } from 'kysely';

import { silentLog } from '../support/silent-log.ts';
import { compare, print } from './measure.ts';
import { benchTuningDelay } from './tuning-delay.ts';

const STEPS = 1000;
const ATTEMPTS_PER_STEP = 100;

/** Verdicts with replay and evidence on 1,000 steps of 100 attempts, against one peer's formula in SQL. */
export async function benchTuner(name: string, store: Store): Promise<void> {
  await seed(store);
  const context = {
    store,
    clock: () => new Date(),
    log: silentLog,
    prices: EXAMPLE_PRICES,
  };
  print(
    `Tuning on ${name}: ${STEPS} steps, ${STEPS * ATTEMPTS_PER_STEP} attempts`,
    await compare(1, [
      {
        what: 'suggestions with replay, bound, CPU curve and evidence, stored',
        unit: 'steps',
        run: async () => {
          await sql`update step set tune_due_at = now() - interval '1 second'`.execute(store.db);
          return tuneDueSteps(context);
        },
      },
      {
        what: 'baseline: max × 1.15 for all steps in one SQL query, no proof',
        unit: 'steps',
        run: async () => {
          const { rows } = await sql`
            select flow, step, max(peak_memory_mib) * 1.15 as memory_mib from attempt
            group by flow, step`.execute(store.db);
          return rows.length;
        },
      },
    ]),
  );
  await benchTuningDelay(name, context);
}

/** Seeded by arithmetic: peaks between 300 and 900 MiB, cores by step, a request that is too big. */
async function seed(store: Store): Promise<void> {
  await sql`truncate attempt, step, step_day, step_week, suggestion, suggestion_event`.execute(
    store.db,
  );
  await sql`
    insert into step (project, flow, step, settled_attempts, last_attempt_at)
    select 'default', 'Flow' || (s / 20), 'step' || s, ${ATTEMPTS_PER_STEP}, now()
    from generate_series(0, ${STEPS - 1}::integer) s`.execute(store.db);
  await sql`
    insert into attempt (
      project, attempt_id, flow, run, step, task, attempt, started_at, ended_at, duration_ms,
      last_seen_at, outcome, outcome_source, backend,
      declared_cpu_cores, declared_memory_mib, request_cpu_cores, request_memory_mib,
      declared_decorators, peak_memory_mib, peak_memory_source, cpu_seconds,
      profile_cores, profile_seconds, peak_cores, settled_at)
    select 'default', 'a' || s || '-' || a, 'Flow' || (s / 20), 'run' || a, 'step' || s, a::text, 0,
      now() - (a * interval '1 hour') - interval '5 minutes', now() - (a * interval '1 hour'), 300000,
      now(), 'succeeded', 'reported', 'local',
      8, 16000, 8, 16000,
      '[{"name":"resources","attributes":{"cpu":8,"memory":16000}}]'::jsonb,
      300 + (s * 7919 + a * 104729) % 600, 'vm-hwm', 400,
      array[0.5, 1, 2, 1 + s % 6]::double precision[], array[60, 120, 60, 60]::double precision[],
      1 + s % 6, now()
    from generate_series(0, ${STEPS - 1}::integer) s, generate_series(1, ${ATTEMPTS_PER_STEP}::integer) a
  `.execute(store.db);
  await sql`analyze`.execute(store.db);
}
