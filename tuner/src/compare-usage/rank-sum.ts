import { rank } from '../learning/ranks.ts';

/**
 * The chance that `head` ranks as high as it does, or higher, if it is any `head.length` of all the values
 * (Wilcoxon 1945): exact, over midranks where values are equal. `O(m · n · (m + n)²)`, for tens of values.
 */
export function rankSumTail(base: readonly number[], head: readonly number[]): number {
  const { ranks } = rank([...head, ...base]);
  // Midranks are halves, so their doubles count exactly.
  const doubled = ranks.map((one) => Math.round(2 * one));
  const observed = doubled.slice(0, head.length).reduce((sum, one) => sum + one, 0);
  const total = doubled.reduce((sum, one) => sum + one, 0);
  const size = total + 1;
  /** `ways[k][s]`: share of the choices of `k` values with the doubled rank sum `s`, up to a factor. */
  const ways = Array.from({ length: head.length + 1 }, () => new Float64Array(size));
  const none = ways[0];
  if (none !== undefined) none[0] = 1;
  for (const one of doubled) {
    for (let k = head.length; k >= 1; k -= 1) {
      const [to, from] = [ways[k], ways[k - 1]];
      if (to === undefined || from === undefined) continue;
      for (let sum = size - 1; sum >= one; sum -= 1) {
        to[sum] = (to[sum] ?? 0) + (from[sum - one] ?? 0);
      }
    }
  }
  const all = ways[head.length] ?? new Float64Array(0);
  const above = all.subarray(observed).reduce((sum, one) => sum + one, 0);
  return above / all.reduce((sum, one) => sum + one, 0);
}

/** The least that {@link rankSumTail} can be: all of `head` above all of `base`. */
export function leastRankSumTail(baseCount: number, headCount: number): number {
  let ways = 1;
  for (let k = 1; k <= headCount; k += 1) ways *= (baseCount + k) / k;
  return 1 / ways;
}
