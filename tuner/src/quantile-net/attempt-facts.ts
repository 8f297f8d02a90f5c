/** An attempt that ended, as far as the network looks back at it. */
export interface PastAttempt {
  readonly features: NetFeatures;
  readonly needMiB: number;
}

export type NetFeatures = Readonly<Record<string, number | string | boolean>>;

/** What is known of an attempt when it starts. */
export interface NetAttempt {
  readonly step: string;
  readonly declaredMiB: number;
  readonly cpuCores?: number;
  readonly features: NetFeatures;
  /** Attempts of the step that had ended, newest last; the newest ones are looked at. */
  readonly past: readonly PastAttempt[];
}

/** An attempt in the numbers that the network reads, before they are standardised. */
export interface AttemptFacts {
  readonly step: string;
  /** Logarithm of the MiB that the need is predicted from: the step's median, or what was declared. */
  readonly reference: number;
  /** How far the logarithm of the need is to be expected from the reference. */
  readonly spread: number;
  /** `FACT_COUNT` finite numbers. */
  readonly row: Float64Array;
}

/** A past attempt as if it were to come now: the same step, with its own features. */
export interface PastFacts {
  readonly row: Float64Array;
  /** Where its need lay: spreads from the reference. */
  readonly position: number;
}

/** Newest attempts that the facts of a step rest on. */
export const LOOK_BACK = 64;
/** Columns that features share, each by the hash of its name: steps name their features as they like. */
const SLOTS = 6;
const STEP_FACTS = 8;
/** For each slot: the value, the value against the step's own, and whether there is one. */
const SLOT_FACTS = 3;
/** Numbers in a row. */
export const FACT_COUNT = STEP_FACTS + SLOT_FACTS * SLOTS;
/** Typical distance of a need from what was declared, as a logarithm: all that is known of a new step. */
const COLD_SPREAD = 2;
/** One attempt with this deviation is mixed into a step's own, so that equal needs do not pass for certainty. */
const PRIOR_SPREAD = 0.5;
/** Needs below this are taken as this: a logarithm needs something above zero. */
const LEAST_MIB = 1;
/** And above this (a thousand million GiB) as this, so that multiples of any need stay finite. */
const MOST_MIB = 2 ** 50;

/** FNV-1a, 32 bits. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}

export function logOf(amountMiB: number): number {
  return Math.log(Math.min(Math.max(amountMiB, LEAST_MIB), MOST_MIB));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const above = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? above : (above + (sorted[middle - 1] ?? above)) / 2;
}

/** A step as its past attempts show it, and what was declared. */
interface StepFacts {
  readonly reference: number;
  readonly spread: number;
  readonly row: readonly number[];
  /** Mean logarithm of each numeric feature. */
  readonly centres: ReadonlyMap<string, number>;
}

function describeStep(attempt: NetAttempt, past: readonly PastAttempt[]): StepFacts {
  const declared = logOf(attempt.declaredMiB);
  const needs = past.map(({ needMiB }) => logOf(needMiB));
  const isNew = needs.length === 0;
  const reference = isNew ? declared : median(needs);
  const squares = needs.reduce((sum, need) => sum + (need - reference) ** 2, 0);
  const mixed = Math.sqrt((squares + PRIOR_SPREAD ** 2) / (needs.length + 1));
  const spread = isNew ? COLD_SPREAD : mixed;
  const row = [
    declared,
    isPositive(attempt.cpuCores) ? Math.log(attempt.cpuCores) : 0,
    isNew ? 0 : 1,
    Math.log1p(needs.length),
    reference - declared,
    Math.log(spread),
    ((needs.at(-1) ?? reference) - reference) / spread,
    (Math.max(reference, ...needs) - reference) / spread,
  ];
  return { reference, spread, row, centres: centresOf(attempt.features, past) };
}

function centresOf(features: NetFeatures, past: readonly PastAttempt[]): Map<string, number> {
  const centres = new Map<string, number>();
  for (const name of Object.keys(features)) {
    const seen = past.map((attempt) => attempt.features[name]).filter(isPositive);
    if (seen.length > 0) centres.set(name, mean(seen.map(Math.log)));
  }
  return centres;
}

function toRow(step: StepFacts, features: NetFeatures): Float64Array {
  const row = new Float64Array(FACT_COUNT);
  row.set(step.row);
  for (const [name, value] of Object.entries(features)) {
    if (!isPositive(value)) continue;
    const at = STEP_FACTS + SLOT_FACTS * (hash(name) % SLOTS);
    const centre = step.centres.get(name) ?? Math.log(value);
    row[at] = (row[at] as number) + Math.log(value);
    row[at + 1] = (row[at + 1] as number) + Math.log(value) - centre;
    row[at + 2] = 1;
  }
  return row;
}

function factsOf({ step, features }: NetAttempt, known: StepFacts): AttemptFacts {
  const { reference, spread } = known;
  return { step, reference, spread, row: toRow(known, features) };
}

/** Everything on log scales, because needs and inputs of steps differ by factors of thousands. */
export function describeAttempt(attempt: NetAttempt): AttemptFacts {
  return factsOf(attempt, describeStep(attempt, attempt.past.slice(-LOOK_BACK)));
}

/** The same, and the past attempts that it rests on, newest last. */
export function describeWithPast(
  attempt: NetAttempt,
): AttemptFacts & { readonly past: readonly PastFacts[] } {
  const past = attempt.past.slice(-LOOK_BACK);
  const known = describeStep(attempt, past);
  return {
    ...factsOf(attempt, known),
    past: past.map(({ features, needMiB }) => ({
      row: toRow(known, features),
      position: (logOf(needMiB) - known.reference) / known.spread,
    })),
  };
}
