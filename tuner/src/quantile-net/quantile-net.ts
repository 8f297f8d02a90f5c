import type { Support } from '../sizing/shadow/support.ts';
import { describeAttempt, type NetAttempt } from './attempt-facts.ts';
import { predictLogRatios } from './forward.ts';
import { LEVELS, type NetWeights } from './net-weights.ts';

/** A trained network. Forecasting is plain arithmetic: no TensorFlow, microseconds, deterministic. */
export interface QuantileNet {
  /** What the attempt could plausibly need, MiB: equally heavy points. */
  readonly forecast: (attempt: NetAttempt) => Support;
  /** Plain data that `createQuantileNet` turns into the same network again. */
  readonly weights: NetWeights;
}

/**
 * Points that stand for the forecast. The shadow method takes a distribution to be as sure as its number of
 * points: as sure as after this many attempts of one kind.
 */
const POINTS = 40;

/** The value at `level` on the polygon through the quantiles, its last edges drawn on. */
function readQuantile(quantiles: Float64Array, level: number): number {
  let above = 1;
  while (above < LEVELS.length - 1 && (LEVELS[above] as number) < level) above++;
  const [low, high] = [LEVELS[above - 1] as number, LEVELS[above] as number];
  const [from, to] = [quantiles[above - 1] as number, quantiles[above] as number];
  return from + ((to - from) * (level - low)) / (high - low);
}

export function createQuantileNet(weights: NetWeights): QuantileNet {
  return {
    weights,
    forecast(attempt) {
      const facts = describeAttempt(attempt);
      const quantiles = predictLogRatios(weights, facts);
      const points = Float64Array.from({ length: POINTS }, (_, i) => {
        return facts.referenceMiB * Math.exp(readQuantile(quantiles, (i + 0.5) / POINTS));
      });
      return { points, weights: new Float64Array(POINTS).fill(1) };
    },
  };
}
