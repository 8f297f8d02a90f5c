/**
 * Tests that may be looked at after every attempt, for as long as anybody likes: each is a wealth that starts
 * at 1 and, if nothing is wrong, is not expected to grow, whatever the rule of stopping. So it ever reaches
 * 1/α with a chance of at most α (Ville 1939). Betting as in Waudby-Smith and Ramdas, "Estimating means of
 * bounded random variables by betting", JRSS B 86 (2024).
 */

/** An alarm that is false with a chance of at most 1 in 20 over the whole life of a roll-out. */
export const ALARM_WEALTH = 20;

/**
 * Wealth against "at most `ratio` of the attempts fail", after `failures` of `attempts`. It is spread over
 * bets that the share is 2, 4, 8, … times the ratio; each is a likelihood ratio, which every smaller share
 * than `ratio` makes shrink even faster.
 *
 * @param ratio above 0 and below 1.
 */
export function wealthAgainstFewFailures(
  failures: number,
  attempts: number,
  ratio: number,
): number {
  const bets: number[] = [];
  for (let share = 2 * ratio; share < 1; share *= 2) bets.push(share);
  // Where the ratio is a half or more, only that all fail is left to bet on.
  if (bets.length === 0) bets.push((1 + ratio) / 2);
  const wealths = bets.map((share) => likelihoodRatio(failures, attempts, share, ratio));
  return wealths.reduce((sum, wealth) => sum + wealth, 0) / bets.length;
}

/**
 * Wealth against "at least `ratio` of the attempts fail": the likelihood of the far smaller share `expected`
 * against that of the ratio itself (Wald's sequential test).
 */
export function wealthAgainstManyFailures(
  failures: number,
  attempts: number,
  { ratio, expected }: { readonly ratio: number; readonly expected: number },
): number {
  return likelihoodRatio(failures, attempts, expected, ratio);
}

/** Attempts without a failure after which a share of `ratio` is ruled out where `expected` is the truth. */
export function attemptsToRuleOut(ratio: number, expected: number): number {
  return Math.ceil(Math.log(ALARM_WEALTH) / Math.log((1 - expected) / (1 - ratio)));
}

/** Shares of the wealth that are put on "the next pair is slower" at a time. */
const STAKES = [0.25, 0.5, 0.75, 0.95];

/**
 * Wealth against "the tried value is not slower": for each pair, whether the attempt with it took longer than
 * its partner by more than what is tolerated. If it is not slower, that happens in at most half of the pairs.
 */
export function wealthAgainstNotSlower(slower: number, pairs: number): number {
  const wealths = STAKES.map((stake) =>
    Math.exp(slower * Math.log(1 + stake) + (pairs - slower) * Math.log(1 - stake)),
  );
  return wealths.reduce((sum, wealth) => sum + wealth, 0) / STAKES.length;
}

/** (p/q)^k × ((1−p)/(1−q))^(n−k), by logarithms, since the powers leave the range of doubles. */
function likelihoodRatio(failures: number, attempts: number, share: number, base: number): number {
  const logRatio =
    failures * Math.log(share / base) + (attempts - failures) * Math.log((1 - share) / (1 - base));
  return Math.exp(logRatio);
}
