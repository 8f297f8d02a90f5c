import type { MemoryReplay } from '../model/evidence.ts';
import type { Prices } from '../model/prices.ts';
import {
  exceedance,
  type ExceedanceBound,
  type RiskBudget,
} from '../sizing/bounds/exceedance-bound.ts';
import type { Grid } from '../sizing/bounds/grid.ts';
import type { RetryTerms } from '../sizing/cheapest-retry.ts';
import type { MemoryObservation } from '../sizing/memory-observation.ts';
import { type MemoryPlan, planMemory } from '../sizing/plan-memory.ts';
import { type Paid, replayCost } from './replay-cost.ts';
import { replayValue, requestsUntilEnough } from './replay-value.ts';

/** All that it takes to say what any request would have meant for a step's attempts. */
export interface ReplayBasis {
  /** Those that count, in the order of `observeMemory`. */
  readonly observations: readonly MemoryObservation[];
  /** What is asked for today, MiB; absent where no memory is. */
  readonly currentMiB?: number;
  /** The plan suggested, which may rest on more than the attempts: its first request is replayed by it. */
  readonly suggestedPlan?: MemoryPlan;
  readonly grid: Grid;
  readonly retry: RetryTerms;
  readonly risk: RiskBudget;
  readonly prices: Prices;
  /** Running time by cores, against the time measured, ascending by cores. */
  readonly stretches: readonly {
    readonly cpuCores: number;
    readonly stretchRatio: number;
    /** At best, where the step wanted more cores than it had. */
    readonly bestRatio?: number;
  }[];
  readonly gpuMemoryMiB?: number;
}

export interface ReplayedRequest {
  readonly cpuCores?: number;
  readonly memoryMiB: number;
  readonly gpuCount?: number;
}

export interface RequestReplay {
  readonly plan: MemoryPlan;
  /** k of n, GiB-hours and retries, memory alone. */
  readonly memory: MemoryReplay;
  readonly bound: ExceedanceBound;
  /** Running time against the time measured; 1 where nothing is known of the cores. */
  readonly stretchRatio: number;
  /** Memory, cores and GPUs together, retries and stretch charged. */
  readonly paid: Paid;
  /** Running time added over all attempts, by retries and by fewer cores, hours. */
  readonly addedHours: number;
}

/**
 * Answers what other requests would have meant for a step's own attempts, by the functions that evidence is
 * made with. Pure, so that a browser comes to the same numbers as the server. `O(n)` a question.
 */
export function requestReplay(basis: ReplayBasis): (request: ReplayedRequest) => RequestReplay {
  const { observations, prices } = basis;
  const known = exceedance(observations, basis.risk);
  const hours = observations.reduce((sum, { durationHours }) => sum + durationHours, 0);
  const largestNeedMiB = Math.max(0, ...observations.map(({ needMiB }) => needMiB));

  function planOf(firstMiB: number): MemoryPlan {
    const { suggestedPlan, currentMiB = firstMiB, grid, retry } = basis;
    return suggestedPlan?.firstMiB === firstMiB
      ? suggestedPlan
      : planMemory({ firstMiB, largestNeedMiB, declaredMiB: currentMiB, grid, retry });
  }

  return ({ memoryMiB, cpuCores, gpuCount }) => {
    const plan = planOf(memoryMiB);
    const memory = replayValue(observations, plan, 'value', prices);
    const stretchRatio = stretchOf(basis, cpuCores);
    const tasks = observations.map(({ durationHours, needMiB }) => ({
      hours: durationHours,
      requestsMiB: requestsUntilEnough(needMiB, plan),
    }));
    const beside = {
      ...(cpuCores === undefined ? {} : { cpuCores }),
      ...(gpuCount === undefined ? {} : { gpuCount }),
      ...(basis.gpuMemoryMiB === undefined ? {} : { gpuMemoryMiB: basis.gpuMemoryMiB }),
    };
    return {
      plan,
      memory,
      bound: known.at(memoryMiB),
      stretchRatio,
      paid: replayCost(tasks, beside, stretchRatio, prices),
      addedHours: memory.retryHours + (hours + memory.retryHours) * (stretchRatio - 1),
    };
  };
}

/** By the nearest count of cores that is known and not above the one asked for: never too favourable. */
function stretchOf({ stretches }: ReplayBasis, cpuCores: number | undefined): number {
  if (cpuCores === undefined) return 1;
  const known = stretches.findLast((point) => point.cpuCores <= cpuCores) ?? stretches[0];
  return known?.stretchRatio ?? 1;
}
