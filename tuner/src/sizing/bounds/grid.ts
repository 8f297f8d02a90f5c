/** Where a value may lie: multiples of `step` between a floor and a cap. */
export interface Grid {
  readonly floor: number;
  readonly cap: number;
  readonly step: number;
}

/** Binary fractions of a decimal step, such as 3 × 0.1, may miss it by a few units in the last place. */
const SLACK = 1e-9;

/** The smallest multiple of `step` that is not below `value`. */
export function roundUp(value: number, step: number): number {
  return multiple(Math.ceil(value / step - SLACK), step);
}

/**
 * A quarter of the power of two below `value`, above 0: the distance between 1024, 1280, 1536, 1792, 2048.
 * Rounded to it, a value that shrinks a little all the time moves seldom.
 */
export function quarterStep(value: number): number {
  return 2 ** (Math.floor(Math.log2(Math.max(value, Number.MIN_VALUE))) - 2);
}

/** The largest multiple of `step` that is not above `value`. */
export function roundDown(value: number, step: number): number {
  return multiple(Math.floor(value / step + SLACK), step);
}

/**
 * `value` rounded up to the grid and held between floor and cap; where the grid has no point between them,
 * the floor wins: too much memory costs money, too little costs the run.
 */
export function fitToGrid(value: number, { floor, cap, step }: Grid): number {
  const lowest = roundUp(floor, step);
  const highest = Math.max(roundDown(cap, step), lowest);
  return Math.min(Math.max(roundUp(value, step), lowest), highest);
}

/** True where the change is smaller than `toleranceRatio` of what is asked now. */
export function isWithinTolerance(now: number, then: number, toleranceRatio: number): boolean {
  return Math.abs(then - now) <= toleranceRatio * now;
}

/** Of a fractional step, 12 significant digits: enough for any request, too few for 0.30000000000000004. */
function multiple(count: number, step: number): number {
  return Number.isInteger(step) ? count * step : Number((count * step).toPrecision(12));
}
