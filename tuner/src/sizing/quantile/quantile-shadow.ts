import {
  type Features,
  type FinishedAttempt,
  isPositive,
  type SeveralFeatures,
} from '../shadow/askable.ts';
import type { QuantileRegression } from './quantile-regression.ts';
import { fitQuantiles, supportFrom } from './quantile-support.ts';

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
  readonly leverages: WeakMap<FinishedAttempt, number>;
}

/**
 * Linear quantile regression over the numeric features of a coming attempt, `minFeatures` or more, as one more shadow. A fit is
 * remembered with the newest attempt in it and serves until a tenth as many have come after that one.
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

  return {
    name: 'quantile regression',
    findSupport(attempts, features) {
      const names = namesOf(features);
      const stating = attempts.filter((one) =>
        names.every((name) => isPositive(one.features[name])),
      );
      const newest = stating.at(-1);
      if (names.length < minFeatures || newest === undefined) return undefined;
      const needs = Float64Array.from(stating, ({ need }) => need);
      const rows = stating.map((attempt) => rowOf(attempt, names));
      const key = JSON.stringify(names);
      const fit = remembered(stating, key) ?? fitTo(stating, key, fitQuantiles(needs, rows));
      if (fit.regression === undefined) return undefined;
      const leverages = Float64Array.from(stating, (one) => fit.leverages.get(one) ?? 0);
      return supportFrom(
        fit.regression,
        { needs, features: rows, leverages },
        rowOf({ features }, names),
      );
    },
  };

  function fitTo(
    attempts: readonly FinishedAttempt[],
    names: string,
    regression: QuantileRegression | undefined,
  ): Fit {
    const leverages = new WeakMap(
      attempts.map((attempt, i) => [attempt, regression?.leverages[i] ?? 0] as const),
    );
    const fit = { names, regression, leverages };
    fits.set(attempts.at(-1) as FinishedAttempt, fit);
    return fit;
  }
}

function namesOf(features: Features): string[] {
  const numeric = Object.keys(features).filter((name) => isPositive(features[name]));
  return numeric.toSorted().slice(0, MAX_FEATURES);
}

function rowOf({ features }: { readonly features: Features }, names: readonly string[]): number[] {
  return names.map((name) => Number(features[name]));
}
