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
  /** What the need is predicted as a multiple of: the step's median, or what was declared. */
  readonly referenceMiB: number;
  /** `FACT_COUNT` finite numbers. */
  readonly row: Float64Array;
}

/** Newest attempts that the facts of a step rest on. */
const LOOK_BACK = 64;
/** Columns that features share, each by the hash of its name: steps name their features as they like. */
const SLOTS = 6;
const STEP_FACTS = 8;
/** For each slot: the value, the value against the step's own, and whether there is one. */
const SLOT_FACTS = 3;
/** Numbers in a row. */
export const FACT_COUNT = STEP_FACTS + SLOT_FACTS * SLOTS;
/** Needs below this are taken as this: a logarithm needs something above zero. */
const LEAST_MIB = 1;

/** FNV-1a, 32 bits. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}

export function logOf(amountMiB: number): number {
  return Math.log(Math.min(Math.max(amountMiB, LEAST_MIB), Number.MAX_VALUE));
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

function writeFeatures(
  row: Float64Array,
  features: NetFeatures,
  past: readonly PastAttempt[],
): void {
  for (const [name, value] of Object.entries(features)) {
    if (!isPositive(value)) continue;
    const at = STEP_FACTS + SLOT_FACTS * (hash(name) % SLOTS);
    const seen = past.map((attempt) => attempt.features[name]).filter(isPositive);
    row[at] = (row[at] ?? 0) + Math.log(value);
    row[at + 1] =
      (row[at + 1] ?? 0) + (seen.length > 0 ? Math.log(value) - mean(seen.map(Math.log)) : 0);
    row[at + 2] = 1;
  }
}

/** Everything on log scales, because needs and inputs of steps differ by factors of thousands. */
export function describeAttempt(attempt: NetAttempt): AttemptFacts {
  const past = attempt.past.slice(-LOOK_BACK);
  const declared = logOf(attempt.declaredMiB);
  const needs = past.map(({ needMiB }) => logOf(needMiB));
  const reference = needs.length > 0 ? median(needs) : declared;
  const centre = needs.length > 0 ? mean(needs) : 0;
  const row = new Float64Array(FACT_COUNT);
  row.set([
    declared,
    isPositive(attempt.cpuCores) ? Math.log(attempt.cpuCores) : 0,
    needs.length > 0 ? 1 : 0,
    Math.log1p(needs.length),
    reference - declared,
    needs.length > 0 ? Math.sqrt(mean(needs.map((need) => (need - centre) ** 2))) : 0,
    (needs.at(-1) ?? reference) - reference,
    Math.max(reference, ...needs) - reference,
  ]);
  writeFeatures(row, attempt.features, past);
  return { step: attempt.step, referenceMiB: Math.exp(reference), row };
}
