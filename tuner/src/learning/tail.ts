/** What the largest needs say about those to come. */
export interface Tail {
  /** The largest need against the second largest, where it stands out. */
  readonly lead?: { readonly largest: number; readonly ratio: number };
  /** Hill’s index, where the tail is heavy; and in how many attempts twice the largest need is expected. */
  readonly heavy?: { readonly index: number; readonly values: number; readonly attempts: number };
}

/** Of fewer attempts, one that stands out is the rule. */
const FEWEST_FOR_LEAD = 10;
/** Half as much again as any other: no margin in use covers it. */
const LEAD_RATIO = 1.5;
const FEWEST_FOR_INDEX = 50;
/** At an index of 2 or less the variance is infinite: the usual meaning of a heavy tail. */
const HEAVY_INDEX = 2;

/**
 * How far the largest needs stand out. The tail index is Hill’s over the √n largest (Hill, Annals of
 * Statistics 3, 1975): `P(need > x)` falls as `x^−index`, so a need of twice the largest of `n` comes once
 * in about `n · 2^index` attempts. `O(n log n)`.
 */
export function tailOf(needs: readonly number[]): Tail {
  const sorted = needs.toSorted((a, b) => b - a);
  const [largest = 0, second = 0] = sorted;
  const isLead = sorted.length >= FEWEST_FOR_LEAD && second > 0 && largest >= LEAD_RATIO * second;
  const values = Math.floor(Math.sqrt(sorted.length));
  const index = sorted.length < FEWEST_FOR_INDEX ? undefined : hillIndex(sorted, values);
  return {
    ...(isLead ? { lead: { largest, ratio: largest / second } } : {}),
    ...(index === undefined || index > HEAVY_INDEX
      ? {}
      : { heavy: { index, values, attempts: Math.round(sorted.length * 2 ** index) } }),
  };
}

/** Over the `count` largest of values in falling order; undefined where the tail has no spread. */
function hillIndex(sorted: readonly number[], count: number): number | undefined {
  const threshold = sorted[count] ?? 0;
  if (threshold <= 0) return undefined;
  const logs = sorted.slice(0, count).reduce((sum, value) => sum + Math.log(value / threshold), 0);
  return logs > 0 ? count / logs : undefined;
}
