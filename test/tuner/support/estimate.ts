import type { MemoryObservation } from '@stepfit/tuner/sizing/memory-observation';
import type {
  ComingAttempt,
  MemoryEstimate,
  MemoryStrategy,
  StrategyContext,
} from '@stepfit/tuner/sizing/memory-strategy';

/** What a strategy asks for when it has learnt all of `observations`. */
export function estimateFrom(
  strategy: MemoryStrategy,
  observations: readonly MemoryObservation[],
  coming: ComingAttempt,
  context: StrategyContext,
): MemoryEstimate | undefined {
  const learner = strategy.start(context);
  for (const observation of observations) learner.learn(observation);
  return learner.estimate(coming);
}
