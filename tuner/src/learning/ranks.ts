/** Where each value stands among all of them. */
export interface Ranking {
  /** 1 for the smallest; equal values share the mean of their ranks. */
  readonly ranks: readonly number[];
  /** The sum of the ranks of `m` of `n` values drawn at random has the variance `m(n − m) · spread`. */
  readonly spread: number;
}

/**
 * Midranks, and the spread of their sums with the correction for ties:
 * `(n + 1 − Σ(t³ − t) / (n(n − 1))) / 12` over groups of `t` equal values, 0 where all are equal
 * (Lehmann, "Nonparametrics: statistical methods based on ranks", 1975, §1.4). `O(n log n)`.
 */
export function rank(values: readonly number[]): Ranking {
  const count = values.length;
  const order = values
    .map((value, index) => ({ value, index }))
    .toSorted((a, b) => a.value - b.value);
  const ranks = Array.from({ length: count }, () => 0);
  let tied = 0;
  for (let start = 0; start < count;) {
    let end = start + 1;
    while (order[end]?.value === order[start]?.value && end < count) end += 1;
    for (const { index } of order.slice(start, end)) ranks[index] = (start + 1 + end) / 2;
    const size = end - start;
    tied += size ** 3 - size;
    start = end;
  }
  const spread = count < 2 ? 0 : (count + 1 - tied / (count * (count - 1))) / 12;
  return { ranks, spread: Math.max(0, spread) };
}

/**
 * How many standard deviations the rank sum of `groupSize` of `count` values lies above what chance
 * gives (Wilcoxon 1945, Mann and Whitney 1947). Zero where nothing can be told.
 */
export function rankSumScore(
  rankSum: number,
  groupSize: number,
  count: number,
  spread: number,
): number {
  const variance = groupSize * (count - groupSize) * spread;
  return variance > 0 ? (rankSum - (groupSize * (count + 1)) / 2) / Math.sqrt(variance) : 0;
}

/** Spearman's rank correlation, −1 to 1; 0 where either side is constant. Equal lengths. */
export function rankCorrelation(xs: readonly number[], ys: readonly number[]): number {
  const a = rank(xs).ranks;
  const b = rank(ys).ranks;
  const mean = (xs.length + 1) / 2;
  let products = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (const [index, rankA] of a.entries()) {
    const rankB = b[index] ?? mean;
    products += (rankA - mean) * (rankB - mean);
    squaresA += (rankA - mean) ** 2;
    squaresB += (rankB - mean) ** 2;
  }
  return squaresA > 0 && squaresB > 0 ? products / Math.sqrt(squaresA * squaresB) : 0;
}

/** The middle value, or the mean of the two in the middle; 0 of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? upper)) / 2 : upper;
}
