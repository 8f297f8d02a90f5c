import { countWords, memoryWords } from '../../words/amounts.ts';
import type { MemoryLearner, MemoryStrategy } from '../memory-strategy.ts';

/** `memory_buffer_percentage` of KRR's simple strategy. */
const MARGIN = 1.15;

/**
 * The largest need seen plus 15 %: KRR's simple strategy (robusta-dev/krr,
 * `robusta_krr/strategies/simple.py`, `calculate_memory_proposal`: `max(peaks) × (1 + 15 / 100)`).
 *
 * A killed attempt whose need stayed unknown enters with its bump and without the margin, as KRR does
 * with `use_oomkill_data`, where the bump is a flat 25 %; ours is `assumedNeed`, one for all strategies.
 */
export const maxMargin: MemoryStrategy = { name: 'max-margin', start };

function start(): MemoryLearner {
  let seen = 0;
  let largestMiB = 0;
  let killedMiB = 0;
  return {
    learn({ needMiB, knowledge }) {
      seen += 1;
      if (knowledge === 'above') killedMiB = Math.max(killedMiB, needMiB);
      else largestMiB = Math.max(largestMiB, needMiB);
    },
    estimate() {
      if (seen === 0) return undefined;
      const marginMiB = largestMiB * MARGIN;
      if (killedMiB > marginMiB) {
        return {
          firstMiB: killedMiB,
          words: 'what an attempt ran out of memory with, plus 20 % and at least 100 MiB',
        };
      }
      return {
        firstMiB: marginMiB,
        words: `the largest need of ${countWords(seen, 'attempt')}, ${memoryWords(largestMiB)}, plus 15 %`,
      };
    },
  };
}
