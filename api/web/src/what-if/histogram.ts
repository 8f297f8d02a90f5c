/** Attempts whose need lies between two amounts, MiB. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly attempts: number;
  /** Of those, the ones that a request fails. */
  readonly failed: number;
}

const BINS_PER_DOUBLING = 8;

/** Needs counted in bins of equal ratio; `requestMiB` divides them into those that it is enough for and others. */
export function histogram(needsMiB: readonly number[], requestMiB: number): Bin[] {
  const counts = new Map<number, { attempts: number; failed: number }>();
  for (const need of needsMiB) {
    const bin = Math.floor(Math.log2(Math.max(need, 1)) * BINS_PER_DOUBLING);
    const count = counts.get(bin) ?? { attempts: 0, failed: 0 };
    count.attempts += 1;
    if (need > requestMiB) count.failed += 1;
    counts.set(bin, count);
  }
  return [...counts]
    .toSorted(([a], [b]) => a - b)
    .map(([bin, count]) => ({
      from: 2 ** (bin / BINS_PER_DOUBLING),
      to: 2 ** ((bin + 1) / BINS_PER_DOUBLING),
      ...count,
    }));
}

/** Corners of the share of needs at or below an amount, thinned to about as many as a plot has pixels. */
export function shareBelow(
  needsMiB: readonly number[],
  most = 400,
): readonly (readonly [amountMiB: number, share: number])[] {
  const sorted = needsMiB.toSorted((a, b) => a - b);
  const every = Math.max(1, Math.floor(sorted.length / most));
  return sorted.flatMap((need, index) =>
    index % every === 0 || index === sorted.length - 1
      ? [[need, (index + 1) / sorted.length] as const]
      : [],
  );
}
