import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import type { ProjectFacts } from '../model/project-facts.ts';
import type { HoldCode } from '../model/skip-reason.ts';
import { rememberReplays, type StrategyReplayer } from '../replay/replay-strategy.ts';
import { replayValue } from '../replay/replay-value.ts';
import { countWords, memoryWords, shareWords } from '../words/amounts.ts';
import { exceedance, type RiskBudget } from './bounds/exceedance-bound.ts';
import {
  fitToGrid,
  type Grid,
  isWithinTolerance,
  roundDown,
  quarterStep,
  roundUp,
} from './bounds/grid.ts';
import type { MemoryObservation } from './memory-observation.ts';
import { type MemoryEstimate, type MemoryStrategy, strategyContext } from './memory-strategy.ts';
import { type MemoryPlan, planMemory } from './plan-memory.ts';

export interface MemoryInput {
  /** At least one. */
  readonly observations: readonly MemoryObservation[];
  readonly currentMiB: number;
  readonly strategy: MemoryStrategy;
  readonly policy: Policy;
  readonly grid: Grid;
  readonly prices: Prices;
  /** What the project's other steps tell, where that is known. */
  readonly projectFacts?: ProjectFacts;
  /** Replays that evidence will ask for again. */
  readonly replayOf?: StrategyReplayer;
}

/** Why what is asked for stays as it is. */
export type KeepCode = 'within-tolerance' | 'capped' | 'unproven' | HoldCode;

export interface MemorySizing {
  /** First is the current request where there is no reason to change it. */
  readonly plan: MemoryPlan;
  readonly isChanged: boolean;
  /** Absent where it changes. */
  readonly kept?: KeepCode;
  /** One sentence: why this value. */
  readonly words: string;
}

/** What was found before deciding whether it is worth a change. */
interface MemoryTarget {
  readonly firstMiB: number;
  /** What the strategy asks for, and the least that keeps failures seen within the policy's share. */
  readonly wishMiB: number;
  readonly safeMiB: number;
  /** The least whose bound on coming failures is within the policy's share. */
  readonly provenMiB: number;
  readonly largestNeedMiB: number;
  /** True where more attempts needed more than is asked for now than the policy accepts. */
  readonly isStarved: boolean;
  readonly words: string;
}

/**
 * Memory for a step: what the strategy asks for, raised until the bound on the share of coming attempts
 * that fail at first is within the policy's risk, rounded up and held between floor and cap. Where that
 * leaves nothing to take away, nothing is suggested, and the words say how many attempts are missing.
 *
 * More is suggested only where attempts needed more than was asked for, never for the sake of a margin
 * or a bound alone: a step that has been getting along is left alone. A step that ran out of memory gets
 * more at once, proven or not, since what it has is worse.
 */
export function sizeMemory(input: MemoryInput): MemorySizing {
  const { observations, currentMiB, grid, policy } = input;
  const target = findTarget(input);
  const known = { ...target, declaredMiB: currentMiB, grid, retry: policy };
  const now = planMemory({ ...known, firstMiB: currentMiB });
  const kept = reasonToKeep(input, target);
  if (kept !== undefined) return { plan: now, isChanged: false, ...kept };

  const plan = planMemory(known);
  if (!target.isStarved && paidGibHours(input, plan) > paidGibHours(input, now)) {
    const words = `${memoryWords(plan.firstMiB)} would cost more than ${memoryWords(currentMiB)}, retries included`;
    return { plan: now, isChanged: false, kept: 'within-tolerance', words };
  }
  const words = target.isStarved
    ? `${starvedWords(observations, currentMiB)}; this is ${target.words}`
    : target.words;
  return { plan, isChanged: true, words };
}

/** The policy's word on risk, and what the project's other steps add to it, as the bound takes it. */
export function riskBudget(policy: Policy, projectFacts?: ProjectFacts): RiskBudget {
  const { riskRatio, riskConfidence: confidence, tailIndex, noRetry } = policy;
  const budget = { riskRatio, confidence, tailIndex, noRetry };
  return projectFacts === undefined ? budget : { ...budget, surprises: projectFacts.surprises };
}

function findTarget(input: MemoryInput): MemoryTarget {
  const { observations, currentMiB, grid, policy } = input;
  const { safeMiB, largestNeedMiB } = whatWasSafe(observations, policy);
  const isStarved = safeMiB > currentMiB;
  const provenMiB = exceedance(observations, riskBudget(policy, input.projectFacts)).provenMiB();
  const { firstMiB: wishMiB, words } = askStrategy(input);
  const bareMiB = Math.max(wishMiB, safeMiB);
  // A proof asks for less with every attempt; a suggestion that moved as often could not be reviewed.
  const raisedMiB = provenMiB > bareMiB ? roundUp(provenMiB, quarterStep(provenMiB)) : bareMiB;
  const firstMiB = fitToGrid(isStarved ? bareMiB : raisedMiB, grid);
  const target = {
    firstMiB,
    wishMiB,
    safeMiB,
    provenMiB,
    largestNeedMiB,
    isStarved,
  };
  return { ...target, words: targetWords(target, words, input) };
}

function askStrategy(input: MemoryInput): MemoryEstimate {
  const { strategy, observations, policy, currentMiB, projectFacts, grid, prices } = input;
  const { minAttempts } = policy;
  const context = strategyContext(policy, projectFacts);
  const common = { context, declaredMiB: currentMiB, minAttempts, grid, prices };
  const { replayOf = rememberReplays(common) } = input;
  return replayOf(strategy, observations).afterAll ?? { firstMiB: currentMiB, words: '' };
}

/** The least value at which no more of the attempts seen would have failed than the policy accepts. */
function whatWasSafe(
  observations: readonly MemoryObservation[],
  policy: Policy,
): { safeMiB: number; largestNeedMiB: number } {
  const needs = observations.map(({ needMiB }) => needMiB).toSorted((a, b) => b - a);
  // Attempts that did not run to their end must not buy failures for others: they would lower the value.
  const exact = observations.filter(({ knowledge }) => knowledge === 'exact').length;
  const allowedFailures = policy.noRetry ? 0 : Math.floor(policy.riskRatio * exact);
  return { safeMiB: needs[allowedFailures] ?? 0, largestNeedMiB: needs[0] ?? 0 };
}

function targetWords(
  target: Omit<MemoryTarget, 'words'>,
  wishWords: string,
  { observations, policy, grid }: MemoryInput,
): string {
  const { firstMiB, wishMiB, safeMiB, provenMiB, isStarved } = target;
  const bareMiB = Math.max(wishMiB, safeMiB);
  const isRaised = firstMiB > fitToGrid(bareMiB, grid);
  const bare =
    safeMiB > wishMiB
      ? `raised from ${memoryWords(wishMiB)} so that at most ${shareWords(policy.riskRatio)} of ` +
        `${countWords(observations.length, 'attempt')} would have failed`
      : wishWords;
  const words = isRaised
    ? `raised from ${memoryWords(bareMiB)}, until ${countWords(observations.length, 'attempt')} prove that at most ` +
      `${shareWords(policy.riskRatio)} of the next will fail (${shareWords(policy.riskConfidence)} sure)`
    : bare;
  const leastMiB = isStarved ? bareMiB : Math.max(bareMiB, provenMiB);
  const isAtFloor = leastMiB < grid.floor;
  return isAtFloor ? `${words}; no less than the policy's floor` : words;
}

/** Why what is asked for now is right as it is; undefined where it is not. */
function reasonToKeep(
  input: MemoryInput,
  target: MemoryTarget,
): { kept: KeepCode; words: string } | undefined {
  const { observations, currentMiB, policy, grid } = input;
  const { firstMiB, isStarved, largestNeedMiB, safeMiB, provenMiB } = target;
  if (firstMiB < safeMiB) {
    const words = `the policy's cap of ${memoryWords(policy.memoryCapMiB)} is below the need of ${memoryWords(safeMiB)}`;
    return { kept: 'capped', words };
  }
  if (isStarved) return undefined;
  const bareMiB = fitToGrid(Math.max(target.wishMiB, safeMiB), grid);
  if (!isWorthwhile(bareMiB, input)) {
    return {
      kept: 'within-tolerance',
      words:
        bareMiB > currentMiB
          ? enoughWords(largestNeedMiB, currentMiB, observations.length)
          : `${memoryWords(bareMiB)} would do, within ${shareWords(policy.toleranceRatio)} of ${memoryWords(currentMiB)}`,
    };
  }
  if (isWorthwhile(firstMiB, input) && firstMiB >= provenMiB) return undefined;
  return { kept: 'unproven', words: unprovenWords(input, bareMiB) };
}

function isWorthwhile(firstMiB: number, { currentMiB, policy }: MemoryInput): boolean {
  return firstMiB < currentMiB && !isWithinTolerance(currentMiB, firstMiB, policy.toleranceRatio);
}

/** What stands between the attempts there are and a smaller value, counted in attempts. */
function unprovenWords(
  { observations, currentMiB, policy, grid, projectFacts }: MemoryInput,
  wishMiB: number,
): string {
  const known = exceedance(observations, riskBudget(policy, projectFacts));
  const { failures, attempts, upperBound } = known.at(wishMiB);
  const worthwhileMiB = roundDown(currentMiB * (1 - policy.toleranceRatio), grid.step);
  const largestMiB = roundDown(worthwhileMiB, quarterStep(worthwhileMiB));
  const missing = known.attemptsMissing(Math.max(largestMiB, wishMiB));
  const sure = `${shareWords(policy.riskConfidence)} sure`;
  const next = Number.isFinite(missing)
    ? `${countWords(missing, 'more attempt')} without a failure would prove a smaller value`
    : 'no number of attempts would prove a smaller value under this policy';
  return (
    `${memoryWords(wishMiB)} would do for ${attempts - failures} of ${countWords(attempts, 'attempt')}, but that proves only that at ` +
    `most ${shareWords(upperBound)} of the next will fail (${sure}), and the policy accepts ` +
    `${shareWords(policy.riskRatio)}; ${next}`
  );
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
