import { countWords, memoryWords } from '../../words/amounts.ts';
import type { MemoryLearner, MemoryStrategy } from '../memory-strategy.ts';
import { withLowerBounds } from './with-lower-bounds.ts';

interface Need {
  readonly needMiB: number;
  readonly durationHours: number;
}

/**
 * The allocation of least expected cost when a failed attempt runs again with the largest need seen:
 *
 * `argmin over a of  a·τ̄ + a_m·Σ_{r > a} τ(r)·p(r)`
 *
 * where `τ̄` is the mean duration, `p(r)` the share of attempts that needed `r`, `τ(r)` their mean
 * duration and `a_m` the largest need. Tovar et al., "A Job Sizing Strategy for High-Throughput
 * Scientific Workflows", IEEE TPDS 29(2), 2018; in cooperative-computing-lab/cctools,
 * `dttools/src/category.c`, `category_first_allocation_min_waste`.
 *
 * TaskVine takes the needs from a histogram of 250 MB buckets; here they are the needs themselves, and
 * rounding is left to the policy's grid.
 */
export const minWaste: MemoryStrategy = {
  name: 'min-waste',
  start: () => withLowerBounds(start()),
};

function start(): MemoryLearner {
  /** Ascending by need, then duration: sums come out the same whatever the order of equal ends. */
  const needs: Need[] = [];
  return {
    learn({ needMiB, durationHours }) {
      insert(needs, { needMiB, durationHours });
    },
    estimate() {
      const largest = needs.at(-1);
      if (largest === undefined) return undefined;
      const firstMiB = cheapest(needs, largest.needMiB);
      return {
        firstMiB,
        words:
          `the value of ${countWords(needs.length, 'attempt')} that costs least when a failed attempt ` +
          `is repeated with ${memoryWords(largest.needMiB)}`,
      };
    },
  };
}

function cheapest(needs: readonly Need[], largestMiB: number): number {
  const totalHours = needs.reduce((sum, need) => sum + need.durationHours, 0);
  let best = largestMiB;
  let leastCost = Number.POSITIVE_INFINITY;
  let hoursAbove = 0;
  // From the largest down, the hours of the needs above a value are a running sum. Equal costs go to the
  // larger value, and attempts that took no time cost nothing anywhere: both mean fewer failures.
  for (let index = needs.length - 1; index >= 0; index -= 1) {
    const need = needs[index];
    if (need === undefined) break;
    const cost = need.needMiB * totalHours + largestMiB * hoursAbove;
    if (cost < leastCost) {
      leastCost = cost;
      best = need.needMiB;
    }
    hoursAbove += need.durationHours;
  }
  return best;
}

function insert(needs: Need[], need: Need): void {
  let low = 0;
  let high = needs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = needs[middle];
    if (other !== undefined && isBefore(other, need)) low = middle + 1;
    else high = middle;
  }
  needs.splice(low, 0, need);
}

function isBefore(a: Need, b: Need): boolean {
  return a.needMiB === b.needMiB ? a.durationHours < b.durationHours : a.needMiB < b.needMiB;
}
