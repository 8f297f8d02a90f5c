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

/** Below this many terms they are summed; above, the continued fraction takes fewer steps. */
const FEW_TERMS = 64;

/** `P(X ≤ k)` for X ~ Binomial(n, p), 0 < p < 1, k < n. */
function binomialCdf(k: number, n: number, p: number): number {
  return k <= FEW_TERMS ? sumOfTerms(k, n, p) : incompleteBeta(n - k, k + 1, 1 - p);
}

/** Terms are summed as logarithms, so that none underflows. */
function sumOfTerms(k: number, n: number, p: number): number {
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

const MAX_FRACTIONS = 10_000;
const PRECISION = 1e-15;
/** Stands in for a denominator of 0. */
const TINY = 1e-300;

/**
 * The regularised incomplete beta function `I_x(a, b)`, which is the binomial distribution in its tails:
 * `P(X ≤ k | n, p) = I_{1−p}(n − k, k + 1)`. Continued fraction by Lentz’s method (DLMF 8.17.22), on the
 * side of its mean where that converges quickly.
 */
export function incompleteBeta(a: number, b: number, x: number): number {
  const isFar = x >= (a + 1) / (a + b + 2);
  const [one, other, share] = isFar ? [b, a, 1 - x] : [a, b, x];
  const logFactor =
    logGamma(one + other) -
    logGamma(one) -
    logGamma(other) +
    one * Math.log(share) +
    other * Math.log1p(-share);
  const value = (Math.exp(logFactor) * betaFraction(one, other, share)) / one;
  return isFar ? 1 - value : value;
}

function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / orTiny(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= MAX_FRACTIONS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / orTiny(1 + even * d);
    c = orTiny(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / orTiny(1 + odd * d);
    c = orTiny(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return fraction;
}

function orTiny(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** Stirling’s series (DLMF 5.11.1), from 10 on good to the last digit; smaller arguments are raised to it. */
function logGamma(value: number): number {
  let z = value;
  let shift = 0;
  for (; z < 10; z += 1) shift -= Math.log(z);
  const inverse = 1 / (z * z);
  const series =
    (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) /
    z;
  return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
}
