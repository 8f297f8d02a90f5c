import { ascendingOrder } from './order.ts';
import type { Support } from './support.ts';

/** A predictive distribution in discrete points, ascending; weights sum to 1. */
export interface Distribution {
  readonly points: Float64Array;
  readonly weights: Float64Array;
  /** Sums of the weights, and of weight × point, up to and with each point. */
  readonly weightUpTo: Float64Array;
  readonly needUpTo: Float64Array;
  /** Least and largest point before smoothing and tail. */
  readonly least: number;
  readonly largest: number;
}

/** Points beyond which the support is condensed: the upper half stays, the lower half goes into bins. */
const MAX_POINTS = 32;
/** A logistic kernel of scale h has the standard deviation h·π/√3. */
const LOGISTIC_DEVIATION = Math.PI / Math.sqrt(3);
/** Distance of the 10 % and the 90 % quantile of a normal distribution, in standard deviations. */
const NORMAL_SPREAD = 2.56;
/** What has not been seen yet, as multiples of the largest point. */
const TAIL = [1.1, 1.3, 1.6, 2.2];

/**
 * The kernel in discrete points: its upper tail halved again and again, each half at its own median. The
 * last two share what is left (2⁻⁸ each). Waste depends on the upper tail, so the points go there.
 */
const LEVELS = 9;
const BELOW = Float64Array.from({ length: LEVELS }, (_, level) => 1 - 0.75 * 2 ** -level);
const OFFSETS = BELOW.map((share) => Math.log(share / (1 - share)));
const SHARES = BELOW.map((_, level) => 2 ** -(level === LEVELS - 1 ? level : level + 1));

function sortSupport({ points, weights }: Support): Support {
  const count = points.length;
  if (isUniform(weights)) {
    return { points: points.toSorted(), weights: new Float64Array(count).fill(1 / count) };
  }
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i] as number;
  const order = ascendingOrder(points);
  const sorted = new Float64Array(count);
  const shares = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const point = points[order[i] as number] as number;
    const share = (weights[order[i] as number] as number) / total;
    // Equal points in one order, whatever order they came in.
    let at = i;
    for (; at > 0 && isAfter(sorted, shares, at - 1, point, share); at--) {
      sorted[at] = sorted[at - 1] as number;
      shares[at] = shares[at - 1] as number;
    }
    sorted[at] = point;
    shares[at] = share;
  }
  return { points: sorted, weights: shares };
}

function isUniform(weights: Float64Array): boolean {
  for (let i = 1; i < weights.length; i++) if (weights[i] !== weights[0]) return false;
  return true;
}

function isAfter(
  points: Float64Array,
  shares: Float64Array,
  at: number,
  point: number,
  share: number,
): boolean {
  const other = points[at] as number;
  return other > point || (other === point && (shares[at] as number) > share);
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] as number;
  return below + ((sorted[Math.ceil(place)] as number) - below) * (place - Math.floor(place));
}

/** Standard deviation, or the smaller one that the middle 80 % suggest: one outlier must not widen all. */
function robustDeviation({ points, weights }: Support): number {
  let mean = 0;
  for (let i = 0; i < points.length; i++) mean += (weights[i] as number) * (points[i] as number);
  let variance = 0;
  for (let i = 0; i < points.length; i++) {
    variance += (weights[i] as number) * ((points[i] as number) - mean) ** 2;
  }
  const middle = (quantile(points, 0.9) - quantile(points, 0.1)) / NORMAL_SPREAD;
  const deviation = Math.sqrt(variance);
  return middle > 0 ? Math.min(deviation, middle) : deviation / 2;
}

/** Joins the lower points in bins of equal number, so that cost does not grow with history. */
function condense(support: Support): Support {
  const count = support.points.length;
  if (count <= MAX_POINTS) return support;
  const kept = MAX_POINTS / 2;
  const bins = MAX_POINTS - kept;
  const binned = count - kept;
  const points = new Float64Array(MAX_POINTS);
  const weights = new Float64Array(MAX_POINTS);
  for (let bin = 0; bin < bins; bin++) {
    const end = Math.floor(((bin + 1) * binned) / bins);
    let weight = 0;
    let weighted = 0;
    for (let i = Math.floor((bin * binned) / bins); i < end; i++) {
      weight += support.weights[i] as number;
      weighted += (support.weights[i] as number) * (support.points[i] as number);
    }
    points[bin] = weight > 0 ? weighted / weight : (support.points[end - 1] as number);
    weights[bin] = weight;
  }
  points.set(support.points.subarray(binned), bins);
  weights.set(support.weights.subarray(binned), bins);
  return { points, weights };
}

/** Merges the kernel's ascending copies of the points and the tail: no sorting. */
function smooth(support: Support, scale: number, tail: Support): Support {
  const count = support.points.length;
  const total = count * LEVELS + tail.points.length;
  const points = new Float64Array(total);
  const weights = new Float64Array(total);
  const heads = new Int32Array(LEVELS);
  const shifts = scaled(OFFSETS, scale);
  /** The least point of each copy that is not merged yet. */
  const waiting = Float64Array.from(shifts, (shift) => (support.points[0] as number) + shift);
  let tailHead = 0;
  for (let next = 0; next < total; next++) {
    let least = tailHead < tail.points.length ? (tail.points[tailHead] as number) : Infinity;
    let from = -1;
    for (let level = 0; level < LEVELS; level++) {
      const value = waiting[level] as number;
      if (value < least) {
        least = value;
        from = level;
      }
    }
    points[next] = Math.max(least, 0);
    if (from < 0) {
      weights[next] = tail.weights[tailHead++] as number;
      continue;
    }
    const head = heads[from] as number;
    weights[next] = (support.weights[head] as number) * (SHARES[from] as number);
    heads[from] = head + 1;
    const following = head + 1 < count ? (support.points[head + 1] as number) : Infinity;
    waiting[from] = following + (shifts[from] as number);
  }
  return { points, weights };
}

function withSums({ points, weights }: Support): Omit<Distribution, 'least' | 'largest'> {
  const weightUpTo = new Float64Array(points.length);
  const needUpTo = new Float64Array(points.length);
  let weightSum = 0;
  let needSum = 0;
  for (let i = 0; i < points.length; i++) {
    weightSum += weights[i] as number;
    needSum += (weights[i] as number) * (points[i] as number);
    weightUpTo[i] = weightSum;
    needUpTo[i] = needSum;
  }
  return { points, weights, weightUpTo, needUpTo };
}

function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) * (values[i] as number);
  return sum;
}

function scaled(values: Float64Array, factor: number): Float64Array {
  const products = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) products[i] = (values[i] as number) * factor;
  return products;
}

/**
 * The support made into a distribution: smoothed by a logistic kernel as wide as the standard error of its
 * mean, with a tail of total weight 1 / (n + 1) beyond its largest point: the share of times that the next
 * of n + 1 exchangeable needs is the largest. n is the effective number of points.
 */
export function toDistribution(
  support: Support,
  options: { readonly tail: boolean },
): Distribution {
  const sorted = sortSupport(support);
  const effective = 1 / sumOfSquares(sorted.weights);
  const scale = robustDeviation(sorted) / Math.sqrt(effective) / LOGISTIC_DEVIATION;
  const largest = sorted.points[sorted.points.length - 1] as number;
  const beyond = options.tail ? 1 / (effective + 1) : 0;
  const { points, weights } = condense(sorted);
  const tail = {
    points: Float64Array.from(TAIL, (multiple) => multiple * largest),
    weights: new Float64Array(TAIL.length).fill(beyond / TAIL.length),
  };
  const body = { points, weights: scaled(weights, 1 - beyond) };
  const least = sorted.points[0] as number;
  return { ...withSums(smooth(body, scale, tail)), least, largest };
}
