import {
  exceedance,
  type ExceedanceBound,
  type RiskBudget,
} from '../sizing/bounds/exceedance-bound.ts';
import type { AskedTask } from './replay-strategy.ts';

export interface ConformalFactor {
  /** What the rule asks for has to be multiplied by, at least 1; infinite where nothing is proven. */
  readonly factor: number;
  /** The bound at that factor. */
  readonly bound: ExceedanceBound;
}

/**
 * How much more than a rule asks for it takes to be within the risk budget, when the rule asks for another
 * amount each time.
 *
 * Each past task has a score, what it needed over what had been asked for before it started; the factor is
 * the least whose bound on the next score's exceeding it is within the budget. It is split-free conformal
 * prediction with the replay as the calibration set (Vovk et al., "Algorithmic Learning in a Random
 * World", 2005), which supposes that scores are exchangeable, not that the rule is right; the bound on
 * the scores is that of `exceedance`.
 */
export function conformalFactor(
  asked: readonly AskedTask[],
  budget: Omit<RiskBudget, 'surprises'>,
): ConformalFactor {
  const scores = asked.map(({ observation, firstMiB }) => ({
    ...observation,
    needMiB: observation.needMiB / firstMiB,
  }));
  const known = exceedance(scores, budget);
  const factor = Math.max(1, known.provenMiB());
  return { factor, bound: known.at(factor) };
}
