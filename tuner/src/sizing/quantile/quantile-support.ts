import type { Support } from '../shadow/support.ts';
import { fitQuantileRegression, type QuantileRegression } from './quantile-regression.ts';

/** Quantiles to fit, as far as there are attempts for them; needs beyond keep their ratio to the outermost. */
const LEVELS = [0.1, 0.3, 0.5, 0.7, 0.9];
/**
 * Attempts for each coefficient on either side of a line: a line passes through as many attempts as it has
 * coefficients, and with fewer than this beyond it, it is made by the very attempts that it is to judge.
 */
const BEYOND_PER_COEFFICIENT = 2;
/** A leave-one-out residual is at most this many times the plain one. */
const MAX_LEVERAGE = 20;
/** No quantile falls below this share of the least need seen, so that a steep slope stays positive. */
const LEAST_SHARE = 0.3;

/** A past attempt: its need, and the quantiles that a regression gives it as if it had not seen it. */
export interface Standing {
  readonly need: number;
  readonly quantiles: Float64Array;
}

/**
 * The standing of an attempt with the features `row`, whose share in its own prediction is `leverage` (0
 * where the regression has not seen it). A regression leans towards each attempt in it by the attempt's
 * leverage, so in-sample residuals are too small; they are divided by 1 − leverage, as least squares has it
 * exactly and quantile regression nearly.
 */
export function findStanding(
  { predict }: QuantileRegression,
  need: number,
  row: readonly number[],
  leverage: number,
): Standing {
  const share = Math.max(1 - leverage, 1 / MAX_LEVERAGE);
  return { need, quantiles: predict(row).map((quantile) => need - (need - quantile) / share) };
}

/** Where `need` lies among `from`, carried over to `to`: both ascending and above zero. */
function carryOver(need: number, from: Float64Array, to: Float64Array): number {
  const last = from.length - 1;
  const lowest = from[0] as number;
  const highest = from[last] as number;
  if (need <= lowest) return (need / lowest) * (to[0] as number);
  if (need >= highest) return (need / highest) * (to[last] as number);
  let above = 1;
  while ((from[above] as number) <= need) above++;
  const below = from[above - 1] as number;
  const share = (need - below) / ((from[above] as number) - below);
  const start = to[above - 1] as number;
  return start + share * ((to[above] as number) - start);
}

function raiseTo(least: number, values: Float64Array): Float64Array {
  return values.map((value) => Math.max(value, least));
}

/**
 * Plausible needs of an attempt with the quantiles `coming`: one point for each past attempt, equally heavy,
 * at the same place among the quantiles of the coming attempt as it had among its own.
 */
export function supportFrom(past: readonly Standing[], coming: Float64Array): Support {
  const least = LEAST_SHARE * past.reduce((most, { need }) => Math.min(most, need), Infinity);
  const to = raiseTo(least, coming);
  const points = Float64Array.from(past, ({ need, quantiles }) =>
    carryOver(need, raiseTo(least, quantiles), to),
  );
  return { points, weights: new Float64Array(points.length).fill(1) };
}

/**
 * Quantiles of the need as linear functions of several features; undefined where there are too few
 * attempts, or none of the features varies, or a need is not above zero.
 */
export function fitQuantiles(
  needs: Float64Array,
  features: readonly (readonly number[])[],
): QuantileRegression | undefined {
  const width = features[0]?.length ?? 0;
  const wanted = BEYOND_PER_COEFFICIENT * (width + 1);
  const levels = LEVELS.filter((level) => Math.min(level, 1 - level) * needs.length >= wanted);
  if (levels.length === 0) return undefined;
  if (needs.some((need) => need <= 0)) return undefined;
  const varies = features.some((row) => row.some((value, j) => value !== features[0]?.[j]));
  return varies ? fitQuantileRegression(needs, features, levels) : undefined;
}

/** What all of these attempts, in any unit, say of a coming one; undefined as for `fitQuantiles`. */
export function quantileRegressionSupport(
  needs: Float64Array,
  features: readonly (readonly number[])[],
  coming: readonly number[],
): Support | undefined {
  const fit = fitQuantiles(needs, features);
  if (fit === undefined) return undefined;
  const past = features.map((row, i) =>
    findStanding(fit, needs[i] as number, row, fit.leverages[i] as number),
  );
  return supportFrom(past, fit.predict(coming));
}
