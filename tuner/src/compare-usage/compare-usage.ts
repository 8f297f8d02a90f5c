import { median } from '../learning/ranks.ts';
import { growthTail, type Power, powerOf, type Samples, type Sensitivity } from './grew.ts';

/** What is compared of a run's step: one figure for each run. */
export const FIGURES = ['peakMemoryMiB', 'cpuSeconds', 'gibHours', 'costUsd'] as const;
export type Figure = (typeof FIGURES)[number];

/** What one run of a step used; a figure that nobody measured is absent. */
export type RunUsage = Readonly<Partial<Record<Figure, number>>>;

export interface StepRuns {
  readonly step: string;
  readonly base: readonly RunUsage[];
  readonly head: readonly RunUsage[];
}

/**
 * `grew`: by more than the margin, and not by chance. `shrank`: the same downwards. `same`: neither, and
 * growth worth seeing would have been seen. `untold`: neither, and it would not.
 */
export type FigureVerdict = 'grew' | 'shrank' | 'same' | 'untold';

export interface FigureComparison {
  readonly figure: Figure;
  readonly verdict: FigureVerdict;
  readonly baseRuns: number;
  readonly headRuns: number;
  /** Middle of each side's runs; absent where there are none. */
  readonly baseMedian?: number;
  readonly headMedian?: number;
  readonly power: Power;
}

export interface StepComparison {
  readonly step: string;
  readonly figures: readonly FigureComparison[];
}

/**
 * Compares what steps used in runs of a branch with runs of its base. All figures of all steps are one
 * family: Holm’s step-down (1979) keeps the chance of any false word at `familyError`, for growth and for
 * shrinking each.
 */
export function compareUsage(
  steps: readonly StepRuns[],
  sensitivity: Sensitivity,
): StepComparison[] {
  const pairs = steps.flatMap((step) =>
    FIGURES.flatMap((figure) => {
      const samples = samplesOf(step, figure);
      return samples.base.length + samples.head.length === 0
        ? []
        : [{ step: step.step, figure, samples }];
    }),
  );
  const { marginRatio, familyError } = sensitivity;
  const grew = holm(
    pairs.map(({ samples }) => growthTail(samples, marginRatio)),
    familyError,
  );
  const shrank = holm(
    pairs.map(({ samples: { base, head } }) => growthTail({ base: head, head: base }, marginRatio)),
    familyError,
  );
  // What the last of the family would have to pass: power is stated for the hardest case.
  const level = familyError / Math.max(1, pairs.length);
  const compared = pairs.map(({ step, figure, samples }, index) => {
    const power = powerOf(samples, level, sensitivity);
    const told = power.moreRuns === 0 ? 'same' : 'untold';
    const verdict: FigureVerdict =
      grew[index] === true ? 'grew' : shrank[index] === true ? 'shrank' : told;
    return { step, comparison: toComparison(figure, verdict, samples, power) };
  });
  return steps.map(({ step }) => ({
    step,
    figures: compared.filter((one) => one.step === step).map(({ comparison }) => comparison),
  }));
}

/** Which of the tests may be believed together (Holm, Scandinavian Journal of Statistics 6, 1979). */
function holm(tails: readonly number[], familyError: number): boolean[] {
  const order = tails.map((tail, index) => ({ tail, index })).toSorted((a, b) => a.tail - b.tail);
  const believed = tails.map(() => false);
  for (const [place, { tail, index }] of order.entries()) {
    if (tail > familyError / (tails.length - place)) break;
    believed[index] = true;
  }
  return believed;
}

function toComparison(
  figure: Figure,
  verdict: FigureVerdict,
  { base, head }: Samples,
  power: Power,
): FigureComparison {
  return {
    figure,
    verdict,
    baseRuns: base.length,
    headRuns: head.length,
    ...(base.length > 0 ? { baseMedian: median(base) } : {}),
    ...(head.length > 0 ? { headMedian: median(head) } : {}),
    power,
  };
}

function samplesOf({ base, head }: StepRuns, figure: Figure): Samples {
  return { base: valuesOf(base, figure), head: valuesOf(head, figure) };
}

/** Nothing used has no logarithm, and nothing to grow from. */
function valuesOf(runs: readonly RunUsage[], figure: Figure): number[] {
  return runs.flatMap((run) => {
    const value = run[figure];
    return value !== undefined && value > 0 ? [value] : [];
  });
}
