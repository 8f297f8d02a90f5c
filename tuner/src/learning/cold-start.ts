import type { AttemptUsage } from '../model/attempt-usage.ts';
import { attemptsNeeded, failureUpperBound } from '../sizing/bounds/failure-bound.ts';
import { observeCpu } from '../sizing/cpu-usage.ts';
import { observeMemory } from '../sizing/memory-observation.ts';

/** What a step needed at most, as a share of the most that it asked for. */
export interface NeedRatios {
  readonly memory?: number;
  readonly cores?: number;
}

/**
 * What a step can tell a project’s new steps: absent where fewer than `minAttempts` attempts ran to their
 * end, or nothing was asked for. The most that it asked for, since what it asks for now may have been
 * fitted to its need already.
 */
export function needRatios(attempts: readonly AttemptUsage[], minAttempts: number): NeedRatios {
  const observations = observeMemory(attempts);
  const usages = observeCpu(attempts);
  const exact = observations.filter(({ knowledge }) => knowledge === 'exact').length;
  const memory = ratioOf(
    observations.map(({ needMiB }) => needMiB),
    attempts.map(({ request }) => request.memoryMiB ?? 0),
  );
  const cores = ratioOf(
    usages.map(({ levels }) => levels.at(-1)?.cores ?? 0),
    attempts.map(({ request }) => request.cpuCores ?? 0),
  );
  return {
    ...(exact >= minAttempts && memory !== undefined ? { memory } : {}),
    ...(usages.length >= minAttempts && cores !== undefined ? { cores } : {}),
  };
}

function ratioOf(needs: readonly number[], requests: readonly number[]): number | undefined {
  const most = Math.max(0, ...requests);
  return most > 0 ? Math.max(0, ...needs) / most : undefined;
}

/** What a project’s other steps say of a step that has not run often enough to speak for itself. */
export interface ColdStart {
  /** Other steps with enough attempts. */
  readonly steps: number;
  /** Those that needed more than `ratio` of what they had declared. */
  readonly failures: number;
  /** The largest of their ratios; 0 of no steps. */
  readonly largestRatio: number;
  /** The least share of what is declared that the steps allow within the risk; 1 where they allow none. */
  readonly ratio: number;
  /** With that confidence, at most this share of steps needs more than `ratio`. */
  readonly upperBound: number;
  /** Further steps within their declaration that it takes before anything may be taken away; 0: none. */
  readonly stepsMissing: number;
}

/**
 * How much less than declared a new step may be given on the word of the project’s other steps. Its ratio
 * of need to declaration is exchangeable with theirs (steps are, attempts of different steps are not), so
 * each step counts once, with the largest need it ever had, and the one-sided Clopper–Pearson bound on the
 * share of steps above a ratio must be within the risk. At 1 % and 95 % that takes 299 steps, none above:
 * most of the time the answer is to keep what was declared.
 *
 * `ratios` are largest need over declaration, one for each other step. `O(n log n)`.
 */
export function coldStart(
  ratios: readonly number[],
  { riskRatio, confidence }: { readonly riskRatio: number; readonly confidence: number },
): ColdStart {
  const sorted = ratios.toSorted((a, b) => b - a);
  const steps = sorted.length;
  let failures = 0;
  while (failureUpperBound(failures + 1, steps, confidence) <= riskRatio) failures += 1;
  const upperBound = failureUpperBound(failures, steps, confidence);
  const ratio = upperBound <= riskRatio ? (sorted[failures] ?? 1) : 1;
  return {
    steps,
    failures,
    largestRatio: sorted[0] ?? 0,
    ratio: Math.min(1, ratio),
    upperBound,
    stepsMissing:
      upperBound <= riskRatio ? 0 : Math.max(0, attemptsNeeded(riskRatio, confidence) - steps),
  };
}
