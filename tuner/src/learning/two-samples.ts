import { median, rank } from './ranks.ts';

/**
 * Upper 1 % point of the standardised Anderson–Darling statistic of two samples (Scholz and Stephens 1987,
 * table 1, m = 1).
 */
const DIFFERS_SCORE = 3.752;

/** Upper 1 % point of the standard normal distribution. */
const NORMAL_1_PERCENT = 2.326;

/**
 * `(z₀.₉₉₅ + z₀.₈)² · π/3`: a rank test on the level needs `1/m + 1/n` of at most `d²` over this to find a
 * shift of `d` standard deviations four times in five, at 1 % (Noether, JASA 82, 1987; π/3 is what ranks
 * cost of normal samples).
 */
const POWER_CONSTANT = (2.576 + 0.842) ** 2 * (Math.PI / 3);

/** Fewer values of one sample, or of both, cannot differ at 1 %, however far apart they are. */
const FEWEST = 3;
const FEWEST_TOGETHER = 10;

/**
 * `differs`: the two are not of one distribution (1 %), by more than is worth a change.
 * `alike`: they were not told apart, and a difference worth a change would have been, four times in five.
 * `untold`: there are too few values to say either.
 */
export type Comparison = 'alike' | 'differs' | 'untold';

/**
 * Compares two samples of logarithms. What is worth a change: a shift of `material` (a logarithm too), or
 * of one standard deviation where the spread is wider than that.
 */
export function compareSamples(
  a: readonly number[],
  b: readonly number[],
  material: number,
): Comparison {
  const together = a.length + b.length;
  if (Math.min(a.length, b.length) < FEWEST || together < FEWEST_TOGETHER) return 'untold';
  if (andersonDarling(a, b) >= DIFFERS_SCORE && differsMaterially(a, b, material)) {
    return 'differs';
  }
  const deviation = spreadWithin([a, b]);
  const shift = deviation > 0 ? Math.max(1, material / deviation) : Number.POSITIVE_INFINITY;
  return 1 / a.length + 1 / b.length <= shift ** 2 / POWER_CONSTANT ? 'alike' : 'untold';
}

function differsMaterially(a: readonly number[], b: readonly number[], material: number): boolean {
  return [median, upper].some((level) => Math.abs(level(a) - level(b)) > material);
}

/** The nearest-rank 90th percentile. */
function upper(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(0.9 * values.length) - 1] ?? 0;
}

/** Standard deviation around the groups’ own means. */
function spreadWithin(groups: readonly (readonly number[])[]): number {
  let squares = 0;
  let freedom = 0;
  for (const values of groups) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const value of values) squares += (value - mean) ** 2;
    freedom += values.length - 1;
  }
  return freedom > 0 ? Math.sqrt(squares / freedom) : 0;
}

/**
 * The two-sample Anderson–Darling statistic with midranks, less its mean 1, over its standard deviation:
 * sensitive to the tails, which is where memory is decided. Scholz and Stephens, "K-sample
 * Anderson–Darling tests", JASA 82 (1987), equations 4 to 7. At least four values in all. `O(n log n)`.
 */
export function andersonDarling(a: readonly number[], b: readonly number[]): number {
  const all = [
    ...a.map((value) => ({ value, isFirst: 1 })),
    ...b.map((value) => ({ value, isFirst: 0 })),
  ].toSorted((x, y) => x.value - y.value);
  const count = all.length;
  let statistic = 0;
  let below = 0;
  let belowOfFirst = 0;
  for (let start = 0; start < count;) {
    let end = start;
    let ties = 0;
    for (; end < count && all[end]?.value === all[start]?.value; end += 1) {
      ties += all[end]?.isFirst ?? 0;
    }
    const size = end - start;
    const middle = below + size / 2;
    const weight = middle * (count - middle) - (count * size) / 4;
    const excess = count * (belowOfFirst + ties / 2) - a.length * middle;
    if (weight > 0) statistic += (size * excess ** 2) / weight;
    below += size;
    belowOfFirst += ties;
    start = end;
  }
  // The second sample’s excess is the first’s with the sign turned, so one sum serves both.
  const scaled = (statistic * (count - 1)) / (count * count) / a.length;
  const total = scaled * (1 + a.length / b.length);
  return (total - 1) / andersonDarlingDeviation(a.length, b.length);
}

/** Standard deviation of the statistic when the samples are of one distribution (equation 4, k = 2). */
function andersonDarlingDeviation(m: number, n: number): number {
  const count = m + n;
  let h = 0;
  let g = 0;
  // g = Σ_{i<j<N} 1 / ((N − i) j): summed from the largest i, the inner sum grows by one term a step.
  for (let i = count - 1; i >= 1; i -= 1) {
    g += h / (count - i);
    h += 1 / i;
  }
  const k = 2;
  const sum = 1 / m + 1 / n;
  const c3 = (4 * g - 6) * (k - 1) + (10 - 6 * g) * sum;
  const c2 = (2 * g - 4) * k ** 2 + 8 * h * k + (2 * g - 14 * h - 4) * sum - 8 * h + 4 * g - 6;
  const c1 = (6 * h + 2 * g - 2) * k ** 2 + (4 * h - 4 * g + 6) * k + (2 * h - 6) * sum + 4 * h;
  const c0 = (2 * h + 6) * k ** 2 - 4 * h * k;
  const variance =
    (c3 * count ** 3 + c2 * count ** 2 + c1 * count + c0) /
    ((count - 1) * (count - 2) * (count - 3));
  return Math.sqrt(variance);
}

/**
 * How many standard normal deviations the Kruskal–Wallis statistic of several groups lies beyond what
 * chance gives (Kruskal and Wallis, JASA 47, 1952; its χ² turned normal after Wilson and Hilferty, PNAS
 * 17, 1931). Groups may be as small as one value. `−∞` for fewer than two groups. `O(n log n)`.
 */
export function groupsScore(groups: readonly (readonly number[])[]): number {
  const freedom = groups.length - 1;
  if (freedom < 1) return Number.NEGATIVE_INFINITY;
  const { ranks } = rank(groups.flat());
  const mean = (ranks.length + 1) / 2;
  let between = 0;
  let at = 0;
  for (const { length } of groups) {
    const sum = ranks.slice(at, at + length).reduce((total, one) => total + one, 0);
    between += length * (sum / length - mean) ** 2;
    at += length;
  }
  const squares = ranks.reduce((total, one) => total + (one - mean) ** 2, 0);
  const statistic = squares > 0 ? ((ranks.length - 1) * between) / squares : 0;
  const bias = 2 / (9 * freedom);
  return (Math.cbrt(statistic / freedom) - (1 - bias)) / Math.sqrt(bias);
}

/** True where no difference between the groups shows at 1 %. */
export function groupsAreAlike(groups: readonly (readonly number[])[]): boolean {
  return groupsScore(groups) < NORMAL_1_PERCENT;
}
