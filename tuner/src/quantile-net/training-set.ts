import { type AttemptFacts, describeAttempt, logOf, type NetAttempt } from './attempt-facts.ts';
import { clipSpreads } from './forward.ts';

/** An attempt that ended, as it looked when it started, with what it turned out to need. */
export interface TrainingExample {
  readonly attempt: NetAttempt;
  readonly needMiB: number;
}

/** Attempts of all steps of a project in the order of their ends. */
export type TrainingSet = readonly TrainingExample[];

/** One example in numbers. */
export interface Lesson {
  readonly row: AttemptFacts['row'];
  /** Logarithm of need over reference, in spreads. */
  readonly target: number;
}

/** An example twice: as it was, and as if its step had never been seen, which is the cold start. */
export interface Example {
  readonly step: string;
  readonly warm: Lesson;
  readonly cold: Lesson;
}

function toLesson(attempt: NetAttempt, needMiB: number): Lesson {
  const facts = describeAttempt(attempt);
  return { row: facts.row, target: clipSpreads((logOf(needMiB) - facts.reference) / facts.spread) };
}

/** Numbers of a set; the past of each attempt is summed up here, so it need not be kept. */
export function toExample({ attempt, needMiB }: TrainingExample): Example {
  return {
    step: attempt.step,
    warm: toLesson(attempt, needMiB),
    cold: toLesson({ ...attempt, past: [] }, needMiB),
  };
}
