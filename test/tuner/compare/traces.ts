import type { Launch, TraceTask } from '@stepfit/tuner/compare/sizer';
import * as fc from 'fast-check';

const HOUR_MS = 3_600_000;

/** A task of an hour that needs 1000 of the 4000 MiB it asked for, submitted at its index in hours. */
export function task(
  index: number,
  changes: Partial<Omit<TraceTask, 'launch'>> & { readonly launch?: Partial<Launch> } = {},
): TraceTask {
  const submittedAtMs = changes.launch?.submittedAtMs ?? index * HOUR_MS;
  const hours = changes.hours ?? 1;
  return {
    completedAtMs: submittedAtMs + hours * HOUR_MS,
    needMiB: 1000,
    hours,
    ...changes,
    launch: {
      step: 'train',
      index,
      submittedAtMs,
      declaredMiB: 4000,
      features: {},
      ...changes.launch,
    },
  };
}

/** One task after the other, an hour each, with these needs. */
export function tasksNeeding(needsMiB: readonly number[]): TraceTask[] {
  return needsMiB.map((needMiB, index) => task(index, { needMiB }));
}

/** Traces as they come: several steps, overlapping tasks, equal times, inputs that explain something or nothing. */
export const arbitraryTrace: fc.Arbitrary<TraceTask[]> = fc
  .array(
    fc.record({
      step: fc.constantFrom('a', 'b'),
      submittedAtMs: fc.integer({ min: 0, max: 20 }).map((hour) => hour * HOUR_MS),
      lastsMs: fc.integer({ min: 1, max: 5 * HOUR_MS }),
      needMiB: fc.integer({ min: 1, max: 8000 }),
      declaredMiB: fc.integer({ min: 1, max: 8000 }),
      input: fc.integer({ min: 1, max: 1e9 }),
    }),
    { minLength: 2, maxLength: 40 },
  )
  .map((drawn) =>
    drawn.map(({ step, submittedAtMs, lastsMs, needMiB, declaredMiB, input }, index) => ({
      launch: { step, index, submittedAtMs, declaredMiB, features: { input } },
      completedAtMs: submittedAtMs + lastsMs,
      needMiB,
      hours: lastsMs / HOUR_MS,
    })),
  );
