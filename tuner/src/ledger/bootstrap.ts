/** Enough for 95 % intervals: their ends move by about a hundredth of the spread from seed to seed. */
export const RESAMPLES = 500;

/** One after the other, numbers from 0 to 1, the same for everybody (mulberry32): a ledger must not flicker. */
export function resampler(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** As many of the items as there are, drawn with replacement. */
export function redraw<Item>(items: readonly Item[], random: () => number): Item[] {
  return items.flatMap(() => items[Math.floor(random() * items.length)] ?? []);
}

/** An estimate with the middle 95 % of what resampling made of it, the estimate always within. */
export function interval(
  estimate: number,
  resampled: readonly number[],
): { estimate: number; low: number; high: number } {
  const sorted = resampled.toSorted((a, b) => a - b);
  function at(share: number): number {
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? estimate;
  }
  return {
    estimate,
    low: Math.min(estimate, at(0.025)),
    high: Math.max(estimate, at(0.975)),
  };
}
