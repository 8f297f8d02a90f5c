import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

import type { Store } from '@stepfit/collector/db/open-store';
import { createDecider } from '@stepfit/tuner/deciding/decider';
import { type TunerContext, tuneDueSteps } from '@stepfit/tuner/tuner-worker';
import { sql } from 'kysely';

const RESOLUTION_MS = 5;
const NS_PER_MS = 1e6;
/** Every so many steps, one states six features: the kind whose verdict takes longest. */
const FEATURED_EVERY = 20;

/** How long a request waits for the server's thread while a thousand steps are tuned: in it, and beside it. */
export async function benchTuningDelay(name: string, context: TunerContext): Promise<void> {
  const { store } = context;
  await stateFeatures(store);
  const decider = createDecider();
  const inThread = await delayWhile(async () => tuneAll(context));
  const beside = await delayWhile(async () => tuneAll({ ...context, decide: decider.decide }));
  await decider.stop();
  process.stdout.write(
    `\nDelay of the server's thread while tuning on ${name}: one step in ${FEATURED_EVERY} states six features\n`,
  );
  for (const [what, histogram] of [
    ['verdicts in a thread beside it', beside],
    ['baseline: verdicts in the same thread', inThread],
  ] as const) {
    const against = ['99', 'max'].map((which) => {
      const ratio = at(histogram, which) / at(inThread, which);
      return histogram === inThread ? 'baseline' : `${ratio.toFixed(3)} × baseline`;
    });
    process.stdout.write(
      `  ${what.padEnd(40)} 99 %: ${at(histogram, '99').toFixed(0).padStart(5)} ms  ${against[0]}` +
        `   longest: ${at(histogram, 'max').toFixed(0).padStart(5)} ms  ${against[1]}\n`,
    );
  }
}

async function tuneAll(context: TunerContext): Promise<void> {
  const { db } = context.store;
  await sql`update step set tune_due_at = now() - interval '1 second'`.execute(db);
  await tuneDueSteps(context);
}

/** Milliseconds beyond the monitor's own resolution. */
function at(histogram: IntervalHistogram, which: string): number {
  const nanoseconds = which === 'max' ? histogram.max : histogram.percentile(Number(which));
  return Math.max(0.1, nanoseconds / NS_PER_MS - RESOLUTION_MS);
}

async function delayWhile(work: () => Promise<void>): Promise<IntervalHistogram> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  await work();
  histogram.disable();
  return histogram;
}

async function stateFeatures({ db }: Store): Promise<void> {
  await sql`
    update attempt set features = jsonb_build_object(
      'a', peak_memory_mib * 3, 'b', task::int % 7 + 1, 'c', task::int % 11 + 1,
      'd', task::int % 13 + 1, 'e', task::int % 17 + 1, 'f', task::int % 19 + 1)
    where substring(step from 5)::int % ${sql.lit(FEATURED_EVERY)} = 0`.execute(db);
}
