/** Halvings of [0, 1] that leave less than one unit in the last place of a double. */
const BISECTIONS = 60;

/**
 * Upper end of the one-sided Clopper–Pearson interval: the largest share of failures under which seeing
 * at most `failures` of `attempts` is still as likely as `1 − confidence`.
 *
 * Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
 * binomial", Biometrika 26 (1934). It is the p that solves `P(X ≤ k | n, p) = 1 − confidence`, found by
 * bisection, since that probability falls as p rises. It supposes that attempts fail independently and
 * alike; no attempts prove nothing, and the bound is 1.
 */
export function failureUpperBound(failures: number, attempts: number, confidence: number): number {
  if (failures >= attempts) return 1;
  if (failures === 0) return 1 - (1 - confidence) ** (1 / attempts);
  let low = failures / attempts;
  let high = 1;
  for (let round = 0; round < BISECTIONS; round += 1) {
    const middle = (low + high) / 2;
    if (binomialCdf(failures, attempts, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Failure-free attempts that prove a failure rate of at most `riskRatio`: the least n with
 * `(1 − risk)^n ≤ 1 − confidence`.
 */
export function attemptsNeeded(riskRatio: number, confidence: number): number {
  if (riskRatio >= 1) return 1;
  return Math.max(1, Math.ceil(Math.log(1 - confidence) / Math.log1p(-riskRatio)));
}

/** `P(X ≤ k)` for X ~ Binomial(n, p), 0 < p < 1; terms are summed as logarithms, so none underflows. */
function binomialCdf(k: number, n: number, p: number): number {
  const logOdds = Math.log(p) - Math.log1p(-p);
  let logTerm = n * Math.log1p(-p);
  let logSum = logTerm;
  for (let i = 0; i < k; i += 1) {
    logTerm += Math.log((n - i) / (i + 1)) + logOdds;
    const larger = Math.max(logSum, logTerm);
    logSum = larger + Math.log1p(Math.exp(-Math.abs(logSum - logTerm)));
  }
  return Math.exp(logSum);
}
