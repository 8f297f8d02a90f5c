import type { Launch, Sizer, TraceTask } from './sizer.ts';

/** Largest node of the published evaluation, bytes. */
const NODE_BYTES = 128e9;

interface StepHistory {
  readonly needs: number[];
  readonly hours: number[];
  readonly inputs: number[];
  maxNeed: number;
}

/** Histories by step, filled as tasks end. */
function createHistories(): { of(step: string): StepHistory; add(task: TraceTask): void } {
  const histories = new Map<string, StepHistory>();
  function of(step: string): StepHistory {
    const known = histories.get(step);
    if (known !== undefined) return known;
    const fresh = { needs: [], hours: [], inputs: [], maxNeed: 0 };
    histories.set(step, fresh);
    return fresh;
  }
  return {
    of,
    add(task) {
      const history = of(task.step);
      history.needs.push(task.needBytes);
      history.hours.push(task.hours);
      history.inputs.push(task.inputBytes);
      history.maxNeed = Math.max(history.maxNeed, task.needBytes);
    },
  };
}

function double(_launch: Launch, previousBytes: number): number {
  return 2 * previousBytes;
}

/** What users asked for. */
export function createPresetSizer(): Sizer {
  return { predict: (launch) => launch.declaredBytes, observe: () => undefined, retry: double };
}

/** Largest need seen × `margin`; 1.15 is KRR’s. */
export function createMaxSizer(margin: number): Sizer {
  const histories = createHistories();
  return {
    predict(launch) {
      const { needs, maxNeed } = histories.of(launch.step);
      return needs.length > 0 ? maxNeed * margin : launch.declaredBytes;
    },
    observe: (task) => histories.add(task),
    retry: double,
  };
}

/** Linear interpolation between order statistics, as `numpy.percentile`. */
function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (place - below);
}

/** Percentile of the needs seen; P95 with doubling is Witt’s percentile predictor. */
export function createPercentileSizer(share: number): Sizer {
  const histories = createHistories();
  return {
    predict(launch) {
      const { needs } = histories.of(launch.step);
      return needs.length > 0 ? percentile(needs, share) : launch.declaredBytes;
    },
    observe: (task) => histories.add(task),
    retry: double,
  };
}

const VPA = { firstBytes: 1e7, growth: 1.05, share: 0.9, margin: 1.15, halfLifeMs: 24 * 3_600_000 };

function vpaBucket(bytes: number): number {
  if (bytes < VPA.firstBytes) return 0;
  const steps = Math.log((bytes * (VPA.growth - 1)) / VPA.firstBytes + 1) / Math.log(VPA.growth);
  return Math.floor(steps);
}

function vpaUpperBytes(bucket: number): number {
  return (VPA.firstBytes * (VPA.growth ** (bucket + 1) - 1)) / (VPA.growth - 1);
}

interface VpaHistogram {
  readonly startMs: number;
  readonly weights: Map<number, number>;
}

function vpaTarget({ weights }: VpaHistogram): number {
  const buckets = [...weights].toSorted(([one], [other]) => one - other);
  const total = buckets.reduce((sum, [, weight]) => sum + weight, 0);
  let below = 0;
  for (const [bucket, weight] of buckets) {
    below += weight;
    if (below >= VPA.share * total) return vpaUpperBytes(bucket) * VPA.margin;
  }
  return Number.NaN;
}

/**
 * Kubernetes’ vertical pod autoscaler: P90 of an exponential histogram whose weights halve each day, + 15 %;
 * after running out of memory × 1.2, at least + 100 MB.
 */
export function createVpaSizer(): Sizer {
  const histograms = new Map<string, VpaHistogram>();
  return {
    predict(launch) {
      const histogram = histograms.get(launch.step);
      return histogram === undefined ? launch.declaredBytes : vpaTarget(histogram);
    },
    observe(task) {
      const histogram = histograms.get(task.step) ?? {
        startMs: task.completedAtMs,
        weights: new Map<number, number>(),
      };
      histograms.set(task.step, histogram);
      const bucket = vpaBucket(task.needBytes);
      const weight = 2 ** ((task.completedAtMs - histogram.startMs) / VPA.halfLifeMs);
      histogram.weights.set(bucket, (histogram.weights.get(bucket) ?? 0) + weight);
    },
    retry: (_launch, previousBytes) => Math.max(previousBytes * 1.2, previousBytes + 1e8),
  };
}

/** The value of least waste if failed attempts are repeated at the largest need seen. */
function tovarValue({ needs, hours }: StepHistory): number {
  const order = needs.map((_, i) => i).toSorted((i, j) => at(needs, j) - at(needs, i));
  const totalHours = hours.reduce((sum, value) => sum + value, 0);
  const max = Math.ceil(at(needs, order[0] ?? 0));
  let best = { waste: Number.POSITIVE_INFINITY, value: max };
  let hoursAbove = 0;
  let pendingHours = 0;
  let previous = max;
  for (const i of order) {
    const value = Math.ceil(at(needs, i));
    if (value < previous) {
      hoursAbove += pendingHours;
      pendingHours = 0;
      previous = value;
    }
    pendingHours += at(hours, i);
    const waste = (value * totalHours + max * hoursAbove) / needs.length;
    if (waste < best.waste) best = { waste, value };
  }
  return best.value;
}

function at(values: readonly number[], index: number): number {
  return values[index] as number;
}

/** Tovar et al.: least expected waste over the needs seen; beyond their maximum a whole node or twice as much. */
export function createTovarSizer(beyondMax: 'node' | 'double'): Sizer {
  const histories = createHistories();
  return {
    predict(launch) {
      const history = histories.of(launch.step);
      return history.needs.length > 0 ? tovarValue(history) : launch.declaredBytes;
    },
    observe: (task) => histories.add(task),
    retry(launch, previousBytes) {
      const { maxNeed } = histories.of(launch.step);
      if (previousBytes < maxNeed) return maxNeed;
      return beyondMax === 'node' && previousBytes < NODE_BYTES ? NODE_BYTES : 2 * previousBytes;
    },
  };
}

function standardDeviation(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function regress(inputs: readonly number[], needs: readonly number[], input: number): number {
  const count = inputs.length;
  const meanInput = inputs.reduce((sum, value) => sum + value, 0) / count;
  const meanNeed = needs.reduce((sum, value) => sum + value, 0) / count;
  let spread = 0;
  let joint = 0;
  for (let i = 0; i < count; i++) {
    spread += (at(inputs, i) - meanInput) ** 2;
    joint += (at(inputs, i) - meanInput) * (at(needs, i) - meanNeed);
  }
  return meanNeed + (spread > 0 ? joint / spread : 0) * (input - meanInput);
}

/**
 * Witt et al.: linear regression on the input, raised by the standard deviation of past relative errors
 * (`all`) or of under-predictions (`under`). `sharedErrors` is the list of errors; the published code has
 * one for all steps and both variants.
 */
export function createWittRegressionSizer(
  errorsUsed: 'all' | 'under',
  sharedErrors: number[],
): Sizer {
  const histories = createHistories();
  let predicted: number | undefined;
  return {
    predict(launch) {
      const { needs, inputs } = histories.of(launch.step);
      predicted = needs.length < 2 ? undefined : regress(inputs, needs, launch.inputBytes);
      if (predicted === undefined) return launch.declaredBytes;
      const errors = errorsUsed === 'all' ? sharedErrors : sharedErrors.filter((e) => e > 0);
      return predicted + standardDeviation(errors) * predicted;
    },
    observe(task) {
      if (predicted !== undefined) sharedErrors.push((task.needBytes - predicted) / task.needBytes);
      predicted = undefined;
      histories.add(task);
    },
    retry: double,
  };
}
