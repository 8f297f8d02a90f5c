import {
  type Form,
  MIN_RELATED,
  plainSupport,
  relatedSupports,
  type Sample,
  type Support,
} from './support.ts';

/** What is known of an attempt before it starts. */
export type Features = Readonly<Record<string, number | string | boolean>>;

/** An attempt that ran to its end. Needs in any one unit. */
export interface FinishedAttempt {
  readonly features: Features;
  readonly need: number;
  readonly hours: number;
  /** What was asked for when it started, where that is known. */
  readonly request?: number;
}

/** What is known of a coming attempt. */
export interface ComingFeatures {
  readonly features: Features;
  readonly startsAtMs: number;
}

/** One small predictor: a form over one feature, or a model of several. */
export interface Shadow {
  readonly name: string;
  readonly form: Form | 'several';
  /** Absent where the form looks at none, or at several. */
  readonly feature?: string;
}

/** A model of several features that wants to be one more shadow; it earns its place by its bill. */
export interface SeveralFeatures {
  readonly name: string;
  /**
   * Plausible needs of an attempt with `features`, given past ones, oldest first; undefined where it cannot
   * say. It may rest on nothing that ended after `startsAtMs`.
   */
  readonly findSupport: (
    attempts: readonly FinishedAttempt[],
    features: Features,
    startsAtMs: number,
  ) => Support | undefined;
}

export interface AskedShadow {
  readonly shadow: Shadow;
  readonly support: Support;
}

/** More features than this cost time without adding choice; the ones most related to the need are kept. */
const MAX_FEATURES = 6;

/** Whether a feature can stand in a logarithm. */
export function isPositive(value: number | string | boolean | undefined): value is number {
  return typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY;
}

/** Every shadow that past attempts and the features of a coming one allow, with what it holds plausible. */
export function* askShadows(
  attempts: readonly FinishedAttempt[],
  { features, startsAtMs }: ComingFeatures,
  options: { readonly forms: readonly Form[]; readonly several: readonly SeveralFeatures[] },
): Generator<AskedShadow> {
  if (attempts.length === 0) return;
  if (options.forms.includes('constant')) {
    yield {
      shadow: { name: 'constant', form: 'constant' },
      support: plainSupport(needsOf(attempts)),
    };
  }
  for (const [feature, value] of mostRelated(attempts, features)) {
    if (isPositive(value)) yield* askNumeric(attempts, feature, value, options.forms);
    else if (options.forms.includes('same')) yield* askSame(attempts, feature, value);
  }
  for (const { name, findSupport: find } of options.several) {
    const support = find(attempts, features, startsAtMs);
    if (support !== undefined) yield { shadow: { name, form: 'several' }, support };
  }
}

/** A loop, as below: a mapped typed array takes ten times as long, and this is asked for each attempt. */
function needsOf(attempts: readonly FinishedAttempt[]): Float64Array {
  const needs = new Float64Array(attempts.length);
  for (let i = 0; i < needs.length; i++) needs[i] = (attempts[i] as FinishedAttempt).need;
  return needs;
}

/** Attempts that state a number above zero for `feature`, as a form sees them. */
export function numericSample(attempts: readonly FinishedAttempt[], feature: string): Sample {
  const needs = new Float64Array(attempts.length);
  const inputs = new Float64Array(attempts.length);
  let count = 0;
  for (const { features, need } of attempts) {
    const input = features[feature];
    if (!isPositive(input)) continue;
    needs[count] = need;
    inputs[count] = input;
    count += 1;
  }
  return { needs: needs.subarray(0, count), inputs: inputs.subarray(0, count) };
}

function* askNumeric(
  attempts: readonly FinishedAttempt[],
  feature: string,
  value: number,
  forms: readonly Form[],
): Generator<AskedShadow> {
  const sample = numericSample(attempts, feature);
  for (const { form, support } of relatedSupports(forms, sample, value)) {
    yield { shadow: { name: `${form} ${feature}`, form, feature }, support };
  }
}

/** The needs of the attempts with the same value, where other values were seen too. */
function* askSame(
  attempts: readonly FinishedAttempt[],
  feature: string,
  value: string | boolean | number,
): Generator<AskedShadow> {
  const same = attempts.filter((attempt) => attempt.features[feature] === value);
  if (same.length < MIN_RELATED || same.length === attempts.length) return;
  yield {
    shadow: { name: `same ${feature}`, form: 'same', feature },
    support: plainSupport(Float64Array.from(same, (attempt) => attempt.need)),
  };
}

/** The features to look at, by name; of many, those whose numbers go best with the need on log scales. */
function mostRelated(
  attempts: readonly FinishedAttempt[],
  features: Features,
): [string, number | string | boolean][] {
  const stated = Object.entries(features).toSorted(([one], [other]) => (one < other ? -1 : 1));
  if (stated.length <= MAX_FEATURES) return stated;
  return stated
    .map(([feature, value]) => ({
      feature,
      value,
      strength: isPositive(value) ? correlation(numericSample(attempts, feature)) : 0,
    }))
    .toSorted((one, other) => other.strength - one.strength)
    .slice(0, MAX_FEATURES)
    .map(({ feature, value }) => [feature, value]);
}

/** Squared correlation of the logarithms; 0 where either does not vary. */
function correlation({ needs, inputs }: Sample): number {
  const count = needs.length;
  const logNeeds = needs.map((need) => Math.log(Math.max(need, Number.MIN_VALUE)));
  const logInputs = inputs.map(Math.log);
  const meanNeed = logNeeds.reduce((sum, value) => sum + value, 0) / count;
  const meanInput = logInputs.reduce((sum, value) => sum + value, 0) / count;
  let joint = 0;
  let needSpread = 0;
  let inputSpread = 0;
  for (let i = 0; i < count; i += 1) {
    const need = (logNeeds[i] ?? 0) - meanNeed;
    const input = (logInputs[i] ?? 0) - meanInput;
    joint += need * input;
    needSpread += need * need;
    inputSpread += input * input;
  }
  const spread = needSpread * inputSpread;
  return spread > 0 ? (joint * joint) / spread : 0;
}
