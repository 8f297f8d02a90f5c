import { countWords } from '../../words/amounts.ts';
import type { MemoryLearner, MemoryStrategy } from '../memory-strategy.ts';
import { withLowerBounds } from './with-lower-bounds.ts';

const MIB_BYTES = 1_048_576;

/**
 * The histogram of the Kubernetes Vertical Pod Autoscaler for memory: first bucket 10 MB, each next one
 * 5 % wider, up to 1 TB (`memoryHistogramOptions` in
 * `vertical-pod-autoscaler/pkg/recommender/model/aggregations_config.go`).
 */
const FIRST_BUCKET_MIB = 1e7 / MIB_BYTES;
const BUCKET_RATIO = 1.05;
const LARGEST_MIB = 1e12 / MIB_BYTES;
const BUCKETS = Math.ceil(bucketPosition(LARGEST_MIB)) + 1;

/** `DefaultMemoryHistogramDecayHalfLife`: an observation weighs half as much after a day. */
const HALF_LIFE_MS = 24 * 3_600_000;

/** `maxDecayExponent` of VPA's decaying histogram: weights are rescaled before they overflow. */
const MAX_EXPONENT = 100;

/** `target-memory-percentile` and `recommendation-margin-fraction` of the recommender. */
const PERCENTILE = 0.9;
const MARGIN = 1.15;

/**
 * The 90th percentile of a decaying histogram plus 15 %: VPA's target for memory (kubernetes/autoscaler,
 * `pkg/recommender/util/{histogram,decaying_histogram}.go`, `logic/recommender.go`).
 *
 * VPA feeds the histogram one peak a day of a service that runs for ever; a task's attempt is over in
 * less, so here each attempt's peak is one sample of weight 1. VPA adds a killed container to the
 * histogram as one more sample, which the percentile may overlook; see `withLowerBounds` for ours.
 */
export const percentile: MemoryStrategy = {
  name: 'percentile',
  start: () => withLowerBounds(start()),
};

function start(): MemoryLearner {
  const weights = new Float64Array(BUCKETS);
  let referenceMs: number | undefined;
  let seen = 0;
  return {
    learn({ needMiB, endedAtMs }) {
      referenceMs ??= endedAtMs;
      let exponent = (endedAtMs - referenceMs) / HALF_LIFE_MS;
      if (exponent > MAX_EXPONENT) {
        for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
          weights[bucket] = (weights[bucket] ?? 0) * 2 ** -exponent;
        }
        referenceMs = endedAtMs;
        exponent = 0;
      }
      const bucket = Math.min(Math.floor(bucketPosition(needMiB)), BUCKETS - 1);
      weights[bucket] = (weights[bucket] ?? 0) + 2 ** exponent;
      seen += 1;
    },
    estimate() {
      if (seen === 0) return undefined;
      return {
        firstMiB: percentileOf(weights) * MARGIN,
        words: `the 90th percentile of ${countWords(seen, 'attempt')}, newer ones weighing more, plus 15 %`,
      };
    },
  };
}

/** Bucket n ≥ 1 starts at `first × (ratio^n − 1) / (ratio − 1)`. */
function bucketStartMiB(bucket: number): number {
  return (FIRST_BUCKET_MIB * (BUCKET_RATIO ** bucket - 1)) / (BUCKET_RATIO - 1);
}

/** Where a need lies among the buckets; its whole part is the bucket. */
function bucketPosition(needMiB: number): number {
  return Math.log((needMiB * (BUCKET_RATIO - 1)) / FIRST_BUCKET_MIB + 1) / Math.log(BUCKET_RATIO);
}

/** End of the bucket in which the cumulated weight reaches the percentile; the last bucket has no end. */
function percentileOf(weights: Float64Array): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let cumulated = 0;
  let bucket = 0;
  for (; bucket < BUCKETS - 1; bucket += 1) {
    cumulated += weights[bucket] ?? 0;
    if (cumulated >= PERCENTILE * total) break;
  }
  return bucketStartMiB(Math.min(bucket + 1, BUCKETS - 1));
}
