import { type AttemptFacts, describeAttempt, logOf, type NetAttempt } from './attempt-facts.ts';
import { clipSpreads } from './forward.ts';

/** An example in numbers. */
export interface Lesson {
  readonly row: AttemptFacts['row'];
  /** Logarithm of need over reference, in spreads. */
  readonly target: number;
}

/** An attempt that ended, twice: as it was, and as if its step had never been seen, which is the cold start. */
export interface Example {
  readonly step: string;
  readonly warm: Lesson;
  readonly cold: Lesson;
}

/** Attempts of all steps of a project in the order of their ends. */
export type TrainingSet = readonly Example[];

function toLesson(attempt: NetAttempt, needMiB: number): Lesson {
  const { row, reference, spread } = describeAttempt(attempt);
  return { row, target: clipSpreads((logOf(needMiB) - reference) / spread) };
}

/**
 * An attempt as it looked when it started, with what it turned out to need. Made as attempts end, so that a
 * training has nothing left to prepare and their past need not be kept.
 */
export function toExample(attempt: NetAttempt, needMiB: number): Example {
  return {
    step: attempt.step,
    warm: toLesson(attempt, needMiB),
    cold: toLesson({ ...attempt, past: [] }, needMiB),
  };
}
