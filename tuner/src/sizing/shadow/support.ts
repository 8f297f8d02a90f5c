import { ascendingOrder } from './order.ts';

/**
 * The ways in which a shadow relates the need to a feature. `constant` relates it to nothing, `same` to
 * equality alone (for features that are no numbers), the others to a number above zero.
 */
export const FORMS = [
  'constant',
  'same',
  'linear',
  'log-linear',
  'local',
  'linear-local',
  'interpolated',
] as const;
export type Form = (typeof FORMS)[number];

/** Past attempts as one shadow sees them; equal lengths, needs and inputs above zero where a form uses inputs. */
export interface Sample {
  readonly needs: Float64Array;
  /** One feature of the same attempts. */
  readonly inputs: Float64Array;
}

/** What a new attempt's need could plausibly be: points in the unit of the needs, each with a weight. */
export interface Support {
  readonly points: Float64Array;
  readonly weights: Float64Array;
}

/** Fewer attempts than this say nothing about a relation. */
export const MIN_RELATED = 4;
/** Inputs that differ by less than this share of the largest are one value. */
const MIN_INPUT_SPREAD = 1e-3;
/** A leave-one-out residual is at most this many times the plain one. */
const MAX_LEVERAGE = 20;
/** No prediction falls below this share of the least need seen, so that a steep slope stays positive. */
const LEAST_SHARE = 0.3;
/** Nor rises above this multiple of the largest need seen by extrapolation on a log scale. */
const MOST_MULTIPLE = 4;
/** Log residuals beyond this (a factor of 20) are clipped. */
const MAX_LOG_RESIDUAL = 3;
/** Ratios of an attempt to its interpolation beyond a factor of 10 are clipped. */
const MAX_RATIO = 10;
/** Distance in log input at which neighbours count as equally near: 2 %. */
const NEAR = 0.02;
/** Neighbours that set the width of `local`, at 64 attempts; it grows with the square root of their number. */
const NEIGHBOURS = 12;

interface Line {
  readonly meanInput: number;
  readonly meanNeed: number;
  readonly slope: number;
  readonly inputSpread: number;
}

/** Least squares. */
export function fitLine(inputs: Float64Array, needs: Float64Array): Line {
  const count = inputs.length;
  let meanInput = 0;
  let meanNeed = 0;
  for (let i = 0; i < count; i++) {
    meanInput += (inputs[i] as number) / count;
    meanNeed += (needs[i] as number) / count;
  }
  let inputSpread = 0;
  let joint = 0;
  for (let i = 0; i < count; i++) {
    const distance = (inputs[i] as number) - meanInput;
    inputSpread += distance * distance;
    joint += distance * ((needs[i] as number) - meanNeed);
  }
  return { meanInput, meanNeed, slope: joint / inputSpread, inputSpread };
}

export function predictLine(line: Line, input: number): number {
  return line.meanNeed + line.slope * (input - line.meanInput);
}

/** Residual of attempt i under the line fitted without it: the plain residual over 1 − leverage. */
function leaveOneOut(line: Line, count: number, input: number, need: number): number {
  const leverage = 1 / count + (input - line.meanInput) ** 2 / line.inputSpread;
  return (need - predictLine(line, input)) / Math.max(1 - leverage, 1 / MAX_LEVERAGE);
}

function minimum(values: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < least) least = value;
  return least;
}

function maximum(values: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > most) most = value;
  return most;
}

function equalWeights(count: number): Float64Array {
  return new Float64Array(count).fill(1);
}

/** A sample with what several forms need of it. */
interface RelatedSample extends Sample {
  readonly logInputs: Float64Array;
  readonly logInput: number;
  readonly input: number;
  /** 1 / (1 + (d/b)⁴): d the distance in log input, b that of the k-th neighbour. */
  readonly nearness: Float64Array;
}

function relate({ needs, inputs }: Sample, input: number): RelatedSample {
  const count = needs.length;
  const logInput = Math.log(input);
  const logInputs = new Float64Array(count);
  const distances = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const value = Math.log(inputs[i] as number);
    logInputs[i] = value;
    distances[i] = Math.abs(value - logInput);
  }
  const wanted = Math.max(NEIGHBOURS / 2, Math.round((Math.sqrt(count) * NEIGHBOURS) / 8));
  const width = (distances.toSorted()[Math.min(count, wanted) - 1] as number) + Number.EPSILON;
  const nearness = distances.map((distance) => 1 / (1 + (distance / width) ** 4));
  return { needs, inputs, logInputs, logInput, input, nearness };
}

/** The line's prediction, scaled by what each attempt was of its own leave-one-out prediction. */
function linearPoints({ needs, inputs }: Sample, input: number): Float64Array {
  const line = fitLine(inputs, needs);
  const least = LEAST_SHARE * minimum(needs);
  const predicted = Math.max(predictLine(line, input), least);
  return needs.map((need, i) => {
    const residual = leaveOneOut(line, needs.length, inputs[i] as number, need);
    return Math.max((predicted * need) / Math.max(need - residual, least), least);
  });
}

function logLinearPoints({ needs, logInputs, logInput }: RelatedSample): Float64Array {
  const logNeeds = needs.map(Math.log);
  const line = fitLine(logInputs, logNeeds);
  const most = Math.log(MOST_MULTIPLE * maximum(needs));
  const predicted = Math.min(predictLine(line, logInput), most);
  return logNeeds.map((need, i) => {
    const residual = leaveOneOut(line, needs.length, logInputs[i] as number, need);
    const clipped = Math.max(-MAX_LOG_RESIDUAL, Math.min(MAX_LOG_RESIDUAL, residual));
    return Math.exp(predicted + clipped);
  });
}

/** Attempts in ascending order of their inputs. */
interface Ordered {
  readonly logInputs: Float64Array;
  readonly needs: Float64Array;
}

/** Inverse-distance mean of the needs at `from` to `to`, leaving one out, seen from `logInput`. */
function interpolate(
  { logInputs, needs }: Ordered,
  logInput: number,
  { from, to, without }: { readonly from: number; readonly to: number; readonly without?: number },
): number {
  let weighted = 0;
  let total = 0;
  for (let place = Math.max(from, 0); place <= Math.min(to, needs.length - 1); place++) {
    if (place === without) continue;
    const weight = 1 / (Math.abs((logInputs[place] as number) - logInput) + NEAR);
    weighted += weight * (needs[place] as number);
    total += weight;
  }
  return weighted / total;
}

/** The four neighbours' mean, scaled by what each attempt was of the mean of its own four. */
function interpolated(sample: RelatedSample): Support {
  const { needs, inputs, logInputs, logInput, nearness } = sample;
  const order = ascendingOrder(inputs);
  const ordered = {
    logInputs: Float64Array.from(order, (i) => logInputs[i] as number),
    needs: Float64Array.from(order, (i) => needs[i] as number),
  };
  let above = 0;
  while (above < order.length && (ordered.logInputs[above] as number) < logInput) above++;
  const predicted = interpolate(ordered, logInput, { from: above - 2, to: above + 1 });
  const points = ordered.needs.map((need, i) => {
    const around = { from: i - 2, to: i + 2, without: i };
    const expected = interpolate(ordered, ordered.logInputs[i] as number, around);
    return predicted * Math.max(1 / MAX_RATIO, Math.min(MAX_RATIO, need / expected));
  });
  return { points, weights: Float64Array.from(order, (i) => nearness[i] as number) };
}

/** Whether the sample can tell one input from another. */
function saysSomething({ needs, inputs }: Sample): boolean {
  if (needs.length < MIN_RELATED || minimum(needs) <= 0) return false;
  const most = maximum(inputs);
  return most - minimum(inputs) > MIN_INPUT_SPREAD * most;
}

/** The needs as they are, each as plausible as the other. */
export function plainSupport(needs: Float64Array): Support {
  return { points: needs, weights: equalWeights(needs.length) };
}

/** The forms that relate the need to a number. */
export type RelatedForm = Exclude<Form, 'constant' | 'same'>;

/**
 * Plausible needs of an attempt with the feature value `input` (above zero), given past ones, by each form;
 * nothing where the sample is too small or too uniform to relate anything.
 */
export function* relatedSupports(
  forms: readonly Form[],
  sample: Sample,
  input: number,
): Generator<{ form: RelatedForm; support: Support }> {
  if (!saysSomething(sample)) return;
  const related = relate(sample, input);
  for (const form of forms) {
    if (form === 'constant' || form === 'same') continue;
    yield { form, support: SUPPORTS[form](related) };
  }
}

const SUPPORTS: Readonly<Record<RelatedForm, (sample: RelatedSample) => Support>> = {
  linear: (sample) => plainSupport(linearPoints(sample, sample.input)),
  'log-linear': (sample) => plainSupport(logLinearPoints(sample)),
  local: ({ needs, nearness }) => ({ points: needs, weights: nearness }),
  'linear-local': (sample) => ({
    points: linearPoints(sample, sample.input),
    weights: sample.nearness,
  }),
  interpolated,
};
