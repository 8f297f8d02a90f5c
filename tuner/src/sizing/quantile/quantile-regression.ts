import { fitQuantile } from './interior-point.ts';
import { largestMagnitude, toBasis } from './orthonormal-basis.ts';

/** Linear quantiles of the need over several features. */
export interface QuantileRegression {
  /** Quantiles of the need of an attempt with these feature values, ascending as the levels are. */
  readonly predict: (features: readonly number[]) => Float64Array;
  /** Sum of pinball losses over the sample at each level, before rearrangement. */
  readonly losses: readonly number[];
  /** At each level, how far below its loss the least one may lie. */
  readonly gaps: readonly number[];
  /** Share of each attempt in its own least-squares prediction, 0 to 1. */
  readonly leverages: Float64Array;
}

/** Needs as the solver wants them: centred, of typical size 1. */
interface Scaled {
  readonly values: Float64Array;
  readonly centre: number;
  readonly size: number;
}

/** Centred on the median, so that an outlier leaves the others their digits. */
function scale(needs: Float64Array): Scaled {
  const most = largestMagnitude(needs) || 1;
  const shares = needs.map((need) => need / most);
  const centre = shares.toSorted()[shares.length >> 1] as number;
  const distances = shares.map((share) => share - centre);
  const size = distances.reduce((sum, value) => sum + Math.abs(value), 0) / needs.length || 1;
  return {
    values: distances.map((value) => value / size),
    centre: centre * most,
    size: size * most,
  };
}

function toColumns(features: readonly (readonly number[])[]): Float64Array[] {
  return (features[0] ?? []).map((_, place) =>
    Float64Array.from(features, (row) => row[place] as number),
  );
}

/**
 * Linear quantile regression (Koenker & Bassett 1978) with an intercept at several `levels` (ascending,
 * each above 0 and below 1). Each level is fitted for itself to the least pinball loss; where lines cross,
 * predictions are put in order, which never moves them further from the true quantiles (Chernozhukov,
 * Fernández-Val & Galichon 2010, “Quantile and probability curves without crossing”, Econometrica 78).
 *
 * Needs in any unit, at least one; `features` has one row for each, all of one length. Every finite input
 * gives a finite fit: columns that are constant or repeat others take no part.
 */
export function fitQuantileRegression(
  needs: Float64Array,
  features: readonly (readonly number[])[],
  levels: readonly number[],
): QuantileRegression {
  const basis = toBasis(needs.length, toColumns(features));
  const { values, centre, size } = scale(needs);
  const fits = levels.map((level) => fitQuantile(basis.columns, values, level));
  return {
    predict(row) {
      const place = basis.project(row);
      const predictions = Float64Array.from(fits, ({ coefficients }) => {
        let sum = 0;
        for (const [i, value] of place.entries()) sum += (coefficients[i] as number) * value;
        return centre + size * sum;
      });
      return predictions.sort();
    },
    losses: fits.map(({ loss }) => loss * size),
    gaps: fits.map(({ gap }) => gap * size),
    leverages: basis.leverages,
  };
}
