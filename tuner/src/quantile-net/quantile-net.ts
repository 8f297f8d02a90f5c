import type { Support } from '../sizing/shadow/support.ts';
import { describeWithPast, type NetAttempt } from './attempt-facts.ts';
import { clipSpreads, createForward } from './forward.ts';
import { LEVELS, type NetWeights } from './net-weights.ts';

/** A trained network. Forecasting is plain arithmetic: no TensorFlow, a millisecond at most. */
export interface QuantileNet {
  /** What the attempt could plausibly need: points in MiB with their weights. Deterministic. */
  readonly forecast: (attempt: NetAttempt) => Support;
  /** Plain data that `createQuantileNet` turns into the same network again. */
  readonly weights: NetWeights;
}

/** Points for the network's own distribution, which together weigh as much as one attempt. */
const OWN_POINTS = 40;

/** The value at `level` on the polygon through the quantiles, its last edges drawn on. */
function readQuantile(quantiles: Float64Array, level: number): number {
  let above = 1;
  while (above < LEVELS.length - 1 && (LEVELS[above] as number) < level) above++;
  const [low, high] = [LEVELS[above - 1] as number, LEVELS[above] as number];
  const [from, to] = [quantiles[above - 1] as number, quantiles[above] as number];
  return from + ((to - from) * (level - low)) / (high - low);
}

/** The place that `position` has among the quantiles `from`, among the quantiles `to`. */
function carryOver(position: number, from: Float64Array, to: Float64Array): number {
  const last = LEVELS.length - 1;
  if (position <= (from[0] as number)) return position + (to[0] as number) - (from[0] as number);
  if (position >= (from[last] as number)) {
    return position + (to[last] as number) - (from[last] as number);
  }
  let above = 1;
  while ((from[above] as number) <= position) above++;
  const [low, high] = [from[above - 1] as number, from[above] as number];
  const [start, end] = [to[above - 1] as number, to[above] as number];
  return start + ((end - start) * (position - low)) / (high - low);
}

/** A rank carried over lies as far from the reference as two positions together, at most. */
function clipTwice(position: number): number {
  return 2 * clipSpreads(position / 2);
}

/**
 * A network from its weights. A forecast carries each past attempt over to the coming one: to where it
 * would lie among the coming attempt's quantiles, had it the rank that it had among its own (distributional
 * conformal prediction, Chernozhukov, Wüthrich & Zhu 2021, PNAS 118), so that a network that is too wide or
 * too low for a step is put right by the step. Its own distribution comes on top with the weight of one
 * attempt, and is all there is for a new step. The attempts were also learnt from, which makes their ranks
 * slightly too good; bills are charged on attempts that were not.
 */
export function createQuantileNet(weights: NetWeights): QuantileNet {
  const predict = createForward(weights);
  return {
    weights,
    forecast(attempt) {
      const { step, reference, spread, row, past } = describeWithPast(attempt);
      const coming = predict(step, row);
      const count = OWN_POINTS + past.length;
      const points = new Float64Array(count);
      const pointWeights = new Float64Array(count).fill(1);
      for (let i = 0; i < OWN_POINTS; i++) {
        points[i] = readQuantile(coming, (i + 0.5) / OWN_POINTS);
        pointWeights[i] = 1 / OWN_POINTS;
      }
      for (const [i, one] of past.entries()) {
        points[OWN_POINTS + i] = carryOver(one.position, predict(step, one.row), coming);
      }
      return {
        points: points.map((position) => Math.exp(reference + spread * clipTwice(position))),
        weights: pointWeights,
      };
    },
  };
}
