import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import { replayValue } from '../replay/replay-value.ts';
import { countWords, memoryWords, shareWords } from '../words/amounts.ts';
import { fitToGrid, type Grid, isWithinTolerance, roundUp } from './bounds/grid.ts';
import type { MemoryObservation } from './memory-observation.ts';
import { estimateFrom, type MemoryStrategy } from './memory-strategy.ts';
import { type MemoryPlan, planMemory } from './plan-memory.ts';

export interface MemoryInput {
  /** At least one. */
  readonly observations: readonly MemoryObservation[];
  readonly currentMiB: number;
  readonly strategy: MemoryStrategy;
  readonly policy: Policy;
  readonly grid: Grid;
  readonly prices: Prices;
}

export interface MemorySizing {
  /** First is the current request where there is no reason to change it. */
  readonly plan: MemoryPlan;
  readonly isChanged: boolean;
  /** True where the policy's cap stands in the way of a change. */
  readonly isCapped: boolean;
  /** One sentence: why this value. */
  readonly words: string;
}

/** What was found before deciding whether it is worth a change. */
interface MemoryTarget {
  readonly firstMiB: number;
  /** The least that keeps failures within the policy's share. */
  readonly safeMiB: number;
  readonly largestNeedMiB: number;
  /** True where more attempts needed more than is asked for now than the policy accepts. */
  readonly isStarved: boolean;
  readonly secondMiB?: number;
  readonly words: string;
}

/**
 * Memory for a step: what the strategy asks for, raised until no more than the policy's share of the
 * attempts seen would have failed at first, rounded up and held between floor and cap.
 *
 * More is suggested only where attempts needed more than was asked for, never for the sake of a margin
 * alone: a step that has been getting along is left alone.
 */
export function sizeMemory(input: MemoryInput): MemorySizing {
  const { observations, currentMiB, grid, policy } = input;
  const target = findTarget(input);
  const now = planMemory({ ...target, firstMiB: currentMiB, declaredMiB: currentMiB, grid });
  if (target.firstMiB < target.safeMiB) {
    const words = `the policy's cap of ${memoryWords(policy.memoryCapMiB)} is below the need of ${memoryWords(target.safeMiB)}`;
    return { plan: now, isChanged: false, isCapped: true, words };
  }
  const kept = reasonToKeep(input, target);
  if (kept !== undefined) return { plan: now, isChanged: false, isCapped: false, words: kept };

  const plan = planMemory({ ...target, declaredMiB: currentMiB, grid });
  if (!target.isStarved && paidGibHours(input, plan) > paidGibHours(input, now)) {
    const words = `${memoryWords(plan.firstMiB)} would cost more than ${memoryWords(currentMiB)}, retries included`;
    return { plan: now, isChanged: false, isCapped: false, words };
  }
  const words = target.isStarved
    ? `${starvedWords(observations, currentMiB)}; this is ${target.words}`
    : target.words;
  return { plan, isChanged: true, isCapped: false, words };
}

function findTarget(input: MemoryInput): MemoryTarget {
  const { observations, currentMiB, strategy, grid, policy } = input;
  const needs = observations.map((observation) => observation.needMiB).toSorted((a, b) => b - a);
  // Attempts that did not run to their end must not buy failures for others: they would lower the value.
  const exact = observations.filter(({ knowledge }) => knowledge === 'exact').length;
  const allowedFailures = Math.floor(policy.riskRatio * exact);
  const safeMiB = needs[allowedFailures] ?? 0;
  const estimate = estimateFrom(strategy, observations, {
    startsAtMs: observations.at(-1)?.endedAtMs ?? 0,
    features: {},
  });
  const wishMiB = estimate?.firstMiB ?? currentMiB;
  const firstMiB = fitToGrid(Math.max(wishMiB, safeMiB), grid);
  return {
    firstMiB,
    safeMiB,
    largestNeedMiB: needs[0] ?? 0,
    isStarved: safeMiB > currentMiB,
    ...(estimate?.secondMiB === undefined ? {} : { secondMiB: estimate.secondMiB }),
    words: targetWords({ firstMiB, wishMiB, safeMiB, wishWords: estimate?.words ?? '' }, input),
  };
}

function targetWords(
  target: { firstMiB: number; wishMiB: number; safeMiB: number; wishWords: string },
  { observations, policy, grid }: MemoryInput,
): string {
  const { firstMiB, wishMiB, safeMiB, wishWords } = target;
  const words =
    safeMiB > wishMiB
      ? `raised from ${memoryWords(wishMiB)} so that at most ${shareWords(policy.riskRatio)} of ` +
        `${countWords(observations.length, 'attempt')} would have failed`
      : wishWords;
  const isAtFloor = firstMiB > roundUp(Math.max(wishMiB, safeMiB), grid.step);
  return isAtFloor ? `${words}; no less than the policy's floor` : words;
}

/** Why what is asked for now is right as it is; undefined where it is not. */
function reasonToKeep(
  { observations, currentMiB, policy }: MemoryInput,
  { firstMiB, isStarved, largestNeedMiB }: MemoryTarget,
): string | undefined {
  if (isStarved) return undefined;
  if (firstMiB > currentMiB) return enoughWords(largestNeedMiB, currentMiB, observations.length);
  if (isWithinTolerance(currentMiB, firstMiB, policy.toleranceRatio)) {
    return `${memoryWords(firstMiB)} would do, within ${shareWords(policy.toleranceRatio)} of ${memoryWords(currentMiB)}`;
  }
  return undefined;
}

function enoughWords(largestNeedMiB: number, currentMiB: number, attempts: number): string {
  return (
    `${countWords(attempts, 'attempt')} used up to ${memoryWords(largestNeedMiB)} of ` +
    `${memoryWords(currentMiB)} (${shareWords(largestNeedMiB / currentMiB)}), and it was enough`
  );
}

function starvedWords(observations: readonly MemoryObservation[], currentMiB: number): string {
  const above = observations.filter((observation) => observation.needMiB > currentMiB);
  const killed = above.filter((observation) => observation.wasKilled).length;
  const largest = Math.max(...above.map((observation) => observation.seenMiB));
  const of = `of ${countWords(observations.length, 'attempt')}`;
  return killed === above.length
    ? `${killed} ${of} ran out of memory with the ${memoryWords(currentMiB)} asked for`
    : `${above.length} ${of} used more than the ${memoryWords(currentMiB)} asked for, up to ` +
        `${memoryWords(largest)}, and ${killed} ran out of memory`;
}

function paidGibHours({ observations, prices }: MemoryInput, plan: MemoryPlan): number {
  const exact = observations.filter(({ knowledge }) => knowledge === 'exact');
  return replayValue(exact, plan, 'value', prices).paidGibHours;
}
