import { memoryWords } from '../../words/amounts.ts';
import type { MemoryLearner } from '../memory-strategy.ts';

/**
 * Lets a rule that knows only exact needs live with attempts that did not run to their end.
 *
 * Such attempts are lower bounds. Given to the rule as if they were needs, they would pull a percentile
 * down; left out, the rule would ask again for what just failed. So the rule learns the exact needs only,
 * and what it asks for is raised to the largest lower bound: learning one never lowers an allocation.
 */
export function withLowerBounds(learner: MemoryLearner): MemoryLearner {
  let floorMiB: number | undefined;
  return {
    learn(observation) {
      if (observation.knowledge === 'exact') learner.learn(observation);
      else floorMiB = Math.max(floorMiB ?? 0, observation.needMiB);
    },
    estimate(coming) {
      const estimate = learner.estimate(coming);
      if (floorMiB === undefined) return estimate;
      if (estimate === undefined || estimate.firstMiB < floorMiB) {
        return {
          firstMiB: floorMiB,
          words: `at least ${memoryWords(floorMiB)}, for attempts that did not run to their end`,
        };
      }
      return estimate;
    },
  };
}
