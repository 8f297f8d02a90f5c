/** What a retry is chosen by. */
export interface RetryTerms {
  /** Of needs beyond the largest seen, at most `c^−tailIndex` are supposed to go beyond `c` times it. */
  readonly tailIndex: number;
  /** What a failed attempt costs people on top of its own cost: 1 is the attempt once more. */
  readonly retryCost: number;
}

/** Values tried for each doubling: closer ones hardly differ in what they waste. */
const TRIED_PER_DOUBLING = 4;

/**
 * What to ask for after `firstMiB` failed although nothing larger had been needed, with `lastMiB` as the net
 * under it: of values between, the one of least expected waste when the need lies beyond the first by the
 * supposed tail. With first = 1, last = L, tail index α and density `α·y^(−α−1)` of the need y:
 *
 * `E(x) = ∫₁ˣ (x − y) dF + P(y > x)·(1 + retryCost)·x + ∫ₓᴸ (L − y) dF`
 *
 * where nothing is supposed of the tail, the last.
 */
export function cheapestRetry(
  firstMiB: number,
  lastMiB: number,
  { tailIndex, retryCost }: RetryTerms,
): number {
  const last = lastMiB / firstMiB;
  if (!(last > 1) || tailIndex === 0) return lastMiB;
  let best = last;
  let leastWaste = wasteOf(last, last, tailIndex, retryCost);
  const steps = Math.ceil(Math.log2(last) * TRIED_PER_DOUBLING);
  for (let step = 1; step < steps; step += 1) {
    const ratio = 2 ** (step / TRIED_PER_DOUBLING);
    const waste = wasteOf(ratio, last, tailIndex, retryCost);
    if (waste < leastWaste) {
      leastWaste = waste;
      best = ratio;
    }
  }
  return firstMiB * best;
}

function wasteOf(x: number, last: number, tailIndex: number, retryCost: number): number {
  const leftOver = x * shareBetween(1, x, tailIndex) - needBetween(1, x, tailIndex);
  const lost = x ** -tailIndex * (1 + retryCost) * x;
  const lastLeftOver = last * shareBetween(x, last, tailIndex) - needBetween(x, last, tailIndex);
  return leftOver + lost + lastLeftOver;
}

/** Share of the needs between two ratios. */
function shareBetween(from: number, to: number, tailIndex: number): number {
  return from ** -tailIndex - to ** -tailIndex;
}

/** Those needs' sum, over the number of all needs. */
function needBetween(from: number, to: number, tailIndex: number): number {
  if (tailIndex === 1) return Math.log(to / from);
  return (tailIndex / (tailIndex - 1)) * (from ** (1 - tailIndex) - to ** (1 - tailIndex));
}
