import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { StrategyName } from '../model/policy.ts';
import type { MemoryObservation } from './memory-observation.ts';

/** What is known about an attempt before it starts. */
export interface ComingAttempt {
  readonly startsAtMs: number;
  readonly features: AttemptUsage['features'];
}

export interface MemoryEstimate {
  /** Request for the first attempt, MiB, before rounding, floor and cap. */
  readonly firstMiB: number;
  /** Request for the second attempt, where the strategy has a view of its own. */
  readonly secondMiB?: number;
  /** How the value came about: a clause that follows the value. */
  readonly words: string;
}

/**
 * What a strategy has learnt of one step. Observations come in order of their ends; an estimate rests
 * on nothing but what was learnt before it.
 */
export interface MemoryLearner {
  readonly learn: (observation: MemoryObservation) => void;
  /** Undefined while it has learnt nothing. */
  readonly estimate: (coming: ComingAttempt) => MemoryEstimate | undefined;
}

/** A rule that sizes memory from a step's history. Deterministic, and blind to the future. */
export interface MemoryStrategy {
  readonly name: StrategyName;
  /** A learner that has seen nothing. */
  readonly start: () => MemoryLearner;
}

/** What a strategy asks for when it has learnt all of `observations`. */
export function estimateFrom(
  strategy: MemoryStrategy,
  observations: readonly MemoryObservation[],
  coming: ComingAttempt,
): MemoryEstimate | undefined {
  const learner = strategy.start();
  for (const observation of observations) learner.learn(observation);
  return learner.estimate(coming);
}
