import type { MemoryLearning } from '../learning/learn-memory.ts';
import type { HoldCode } from '../model/skip-reason.ts';
import { fitToGrid, isWithinTolerance } from '../sizing/bounds/grid.ts';
import type { MemoryObservation } from '../sizing/memory-observation.ts';
import { planMemory } from '../sizing/plan-memory.ts';
import { type MemoryInput, type MemorySizing, sizeMemory } from '../sizing/size-memory.ts';
import { MEMORY_STRATEGIES } from '../sizing/strategies/all.ts';
import { newStepWords, projectColdStart } from './cold-start-words.ts';
import { growthWords, headroomWords, holdWords } from './learning-words.ts';

export interface MemoryJudgeInput extends Omit<MemoryInput, 'observations' | 'strategy'> {
  readonly learning: MemoryLearning;
}

type Known = Omit<MemoryJudgeInput, 'learning'>;

/**
 * Sizes memory by the attempts that count. Where something speaks against taking memory away, what is
 * asked for stays; more is suggested all the same.
 *
 * @returns undefined where too little is known to say anything.
 */
export function judgeMemory({ learning, ...known }: MemoryJudgeInput): MemorySizing | undefined {
  const { currentMiB, policy } = known;
  const { observations, sized, hold } = learning;
  // Running out of memory is proof enough that more is needed, however few the attempts. Only attempts
  // that ran to their end can show that less would do.
  const isStarved = [...sized, ...(learning.untried ?? [])].some(
    ({ wasKilled, needMiB }) => wasKilled && needMiB > currentMiB,
  );
  const isEnough = ranToEnd(observations) >= policy.minAttempts;
  if (observations.length === 0) return undefined;
  if (!isEnough && !isStarved && hold === undefined) return sizeNewStep(known, observations);
  const memory = sizeWithUntried(known, learning);
  if (memory.kept === 'capped' || memory.plan.firstMiB > currentMiB) return memory;
  if (hold !== undefined) return held(known, sized, hold, holdWords(hold, learning, policy));
  return isEnough || !memory.isChanged ? memory : undefined;
}

/** What the project's other steps allow to take away from one that has hardly run; never below its needs. */
function sizeNewStep(
  { currentMiB, policy, grid, projectFacts }: Known,
  observations: readonly MemoryObservation[],
): MemorySizing | undefined {
  if (policy.noRetry) return undefined;
  const start = projectColdStart(policy, projectFacts).memory;
  const largestNeedMiB = Math.max(...observations.map(({ needMiB }) => needMiB));
  const firstMiB = fitToGrid(Math.max(start.ratio * currentMiB, largestNeedMiB), grid);
  const isWorthIt = !isWithinTolerance(currentMiB, firstMiB, policy.toleranceRatio);
  if (start.ratio >= 1 || firstMiB >= currentMiB || !isWorthIt) return undefined;
  const net = { declaredMiB: currentMiB, grid, retry: policy };
  const plan = planMemory({ firstMiB, largestNeedMiB, ...net });
  return { plan, isChanged: true, words: newStepWords(start, policy) };
}

/** Attempts whose need is known, of those whose memory was measured. */
export function ranToEnd(observations: readonly MemoryObservation[]): number {
  return observations.filter(({ knowledge }) => knowledge === 'exact').length;
}

/** Code that has only been killed so far is one among many attempts, and by itself it is all there is. */
function sizeWithUntried(known: Known, learning: MemoryLearning): MemorySizing {
  const memory = sizeLearnt(known, learning);
  if (learning.untried === undefined) return memory;
  const strategy = MEMORY_STRATEGIES[known.policy.strategy];
  const alone = sizeMemory({ ...known, observations: learning.untried, strategy });
  return alone.plan.firstMiB > memory.plan.firstMiB ? alone : memory;
}

/** Where the need grows, less is suggested only with headroom, and more only where it has been needed. */
function sizeLearnt(known: Known, learning: MemoryLearning): MemorySizing {
  const { observations, sized, headroom } = learning;
  const strategy = MEMORY_STRATEGIES[known.policy.strategy];
  const ahead = sizeMemory({ ...known, observations: sized, strategy });
  if (headroom === undefined) return ahead;
  if (ahead.isChanged && ahead.plan.firstMiB < known.currentMiB) {
    return { ...ahead, words: `${ahead.words}, ${headroomWords(headroom)}` };
  }
  const today = sizeMemory({ ...known, observations, strategy });
  if (!today.isChanged || today.plan.firstMiB > known.currentMiB) return today;
  return held(known, sized, 'need-grows', growthWords(today.plan.firstMiB, headroom));
}

/** What is asked for now, kept for a reason that sizing does not know of. */
function held(
  { currentMiB, grid, policy }: Known,
  sized: readonly MemoryObservation[],
  kept: HoldCode,
  words: string,
): MemorySizing {
  const largestNeedMiB = Math.max(...sized.map(({ needMiB }) => needMiB));
  const net = { declaredMiB: currentMiB, grid, retry: policy };
  const plan = planMemory({ firstMiB: currentMiB, largestNeedMiB, ...net });
  return { plan, isChanged: false, kept, words };
}
