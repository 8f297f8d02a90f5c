import {
  type Features,
  type FinishedAttempt,
  isPositive,
  type SeveralFeatures,
} from '../shadow/askable.ts';
import type { QuantileRegression } from './quantile-regression.ts';
import { findStanding, fitQuantiles, type Standing, supportFrom } from './quantile-support.ts';

/** One feature is what the forms are for. */
const MIN_FEATURES = 2;
/** More columns than this cost more time than a shadow may take. */
const MAX_FEATURES = 8;
/** A fit serves until a tenth of what it saw has come on top. */
const REFIT_SHARE = 0.1;

/** A regression over the features `names`; none where the attempts did not allow one. */
interface Fit {
  readonly names: string;
  readonly regression: QuantileRegression | undefined;
  /** Where attempts stand in it, worked out once for each. */
  readonly standings: WeakMap<FinishedAttempt, Standing>;
}

/**
 * Linear quantile regression over the numeric features of a coming attempt, `minFeatures` or more, as one
 * more shadow. A fit is remembered with the newest attempt in it and serves until a tenth as many have come
 * after that one.
 */
export function createQuantileShadow(minFeatures = MIN_FEATURES): SeveralFeatures {
  const fits = new WeakMap<FinishedAttempt, Fit>();

  function remembered(attempts: readonly FinishedAttempt[], names: string): Fit | undefined {
    const oldest = attempts.length - 1 - Math.floor(REFIT_SHARE * attempts.length);
    for (let place = attempts.length - 1; place >= Math.max(oldest, 0); place--) {
      const fit = fits.get(attempts[place] as FinishedAttempt);
      if (fit?.names === names) return fit;
    }
    return undefined;
  }

  function refit(attempts: readonly FinishedAttempt[], names: readonly string[]): Fit {
    const needs = Float64Array.from(attempts, ({ need }) => need);
    const rows = attempts.map((attempt) => rowOf(attempt, names));
    const regression = fitQuantiles(needs, rows);
    const standings = new WeakMap<FinishedAttempt, Standing>();
    for (const [i, attempt] of attempts.entries()) {
      if (regression === undefined) break;
      const leverage = regression.leverages[i] as number;
      standings.set(attempt, findStanding(regression, attempt.need, rows[i] ?? [], leverage));
    }
    const fit = { names: JSON.stringify(names), regression, standings };
    fits.set(attempts.at(-1) as FinishedAttempt, fit);
    return fit;
  }

  return {
    name: 'quantile regression',
    findSupport(attempts, features) {
      const names = namesOf(features);
      if (names.length < minFeatures) return undefined;
      const stating = attempts.filter((one) =>
        names.every((name) => isPositive(one.features[name])),
      );
      if (stating.length === 0) return undefined;
      const { regression, standings } =
        remembered(stating, JSON.stringify(names)) ?? refit(stating, names);
      if (regression === undefined) return undefined;
      const past = stating.map((attempt) => {
        const known = standings.get(attempt);
        if (known !== undefined) return known;
        const newer = findStanding(regression, attempt.need, rowOf(attempt, names), 0);
        standings.set(attempt, newer);
        return newer;
      });
      return supportFrom(past, regression.predict(rowOf({ features }, names)));
    },
  };
}

function namesOf(features: Features): string[] {
  const numeric = Object.keys(features).filter((name) => isPositive(features[name]));
  return numeric.toSorted().slice(0, MAX_FEATURES);
}

function rowOf({ features }: { readonly features: Features }, names: readonly string[]): number[] {
  return names.map((name) => Number(features[name]));
}
