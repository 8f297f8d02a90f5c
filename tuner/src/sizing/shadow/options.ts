import type { SeveralFeatures } from './askable.ts';
import { FORMS, type Form } from './support.ts';

/** How the shadow method works; every part can be switched off, so that its worth can be measured. */
export interface ShadowOptions {
  /** What a failed attempt costs people on top: 1 is the attempt once more. */
  readonly retryCost: number;
  /** Share of the run after which an attempt runs out of memory: 1 is the literature's, and pessimistic. */
  readonly failedShare: number;
  /** Accepted share of first attempts that fail; absent means that failures are only priced. */
  readonly riskRatio?: number;
  /** True: a retry is not acceptable, and the first attempt gets all that is plausible. */
  readonly noRetry: boolean;
  /** Newest attempts looked at. */
  readonly window: number;
  readonly forms: readonly Form[];
  /** Models of several features at once, beside the forms. */
  readonly several: readonly SeveralFeatures[];
  /** Shadows decide together, weighted by their bills, or the cheapest decides alone. */
  readonly decision: 'weighted' | 'cheapest';
  /** Bills count an attempt's waste for as long as it ran, or each attempt alike. */
  readonly billing: 'by-hours' | 'by-attempt';
  /** Models of several features are on trial first, and weighed on the attempts that they spoke on. */
  readonly trial: boolean;
  /** A failure's price follows the project's attempts as well as the step's, or the step's alone. */
  readonly price: 'shared' | 'own';
  /** Whether needs beyond the largest seen are reckoned with. */
  readonly tail: boolean;
}

export const DEFAULT_SHADOW_OPTIONS: ShadowOptions = {
  retryCost: 1,
  failedShare: 1,
  noRetry: false,
  window: 256,
  forms: FORMS,
  several: [],
  decision: 'weighted',
  billing: 'by-hours',
  trial: true,
  price: 'shared',
  tail: true,
};
