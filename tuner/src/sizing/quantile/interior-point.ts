import type { Columns } from './orthonormal-basis.ts';

/** Coefficients of the columns, and what proves them good. */
export interface QuantileFit {
  readonly coefficients: Float64Array;
  /** Sum of pinball losses. */
  readonly loss: number;
  /** The least sum of pinball losses lies at most this much below `loss`: the duality gap. */
  readonly gap: number;
}

/** How far towards the boundary a step goes (Portnoy & Koenker’s choice). */
const STEP_SHARE = 0.99995;
const MAX_ITERATIONS = 60;
/** Stop when the gap is below this share of the loss, or of the needs’ own size. */
const RELATIVE_GAP = 1e-9;
const ABSOLUTE_GAP = 1e-13;

/** Pinball loss of a residual (need − prediction) at quantile `level`. */
export function pinballLoss(residual: number, level: number): number {
  return residual >= 0 ? level * residual : (level - 1) * residual;
}

function combine(columns: Columns, coefficients: Float64Array, rows: number): Float64Array {
  const sums = new Float64Array(rows);
  for (const [place, column] of columns.entries()) {
    const coefficient = coefficients[place] as number;
    for (let i = 0; i < rows; i++) {
      sums[i] = (sums[i] as number) + coefficient * (column[i] as number);
    }
  }
  return sums;
}

/** Σ column · weights for each column. */
function products(columns: Columns, weights: Float64Array): Float64Array {
  return Float64Array.from(columns, (column) => {
    let sum = 0;
    for (let i = 0; i < column.length; i++) sum += (column[i] as number) * (weights[i] as number);
    return sum;
  });
}

/** The lower triangle L of columnsᵀ · diag(weights) · columns = L·Lᵀ, row by row; undefined if singular. */
function factorise(columns: Columns, weights: Float64Array): Float64Array[] | undefined {
  const lower: Float64Array[] = [];
  for (const [j, column] of columns.entries()) {
    const weighted = column.map((value, i) => value * (weights[i] as number));
    const row = new Float64Array(columns.length);
    for (let k = 0; k <= j; k++) {
      const other = columns[k] as Float64Array;
      let sum = 0;
      for (let i = 0; i < other.length; i++) sum += (weighted[i] as number) * (other[i] as number);
      const left = lower[k] ?? row;
      for (let i = 0; i < k; i++) sum -= (row[i] as number) * (left[i] as number);
      if (k === j && !(sum > 0)) return undefined;
      row[k] = k === j ? Math.sqrt(sum) : sum / (left[k] as number);
    }
    lower.push(row);
  }
  return lower;
}

function solve(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const solution = right.slice();
  const size = solution.length;
  for (let j = 0; j < size; j++) {
    const row = lower[j] as Float64Array;
    let value = solution[j] as number;
    for (let k = 0; k < j; k++) value -= (row[k] as number) * (solution[k] as number);
    solution[j] = value / (row[j] as number);
  }
  for (let j = size - 1; j >= 0; j--) {
    let value = solution[j] as number;
    for (let k = j + 1; k < size; k++) {
      value -= ((lower[k] as Float64Array)[j] as number) * (solution[k] as number);
    }
    solution[j] = value / ((lower[j] as Float64Array)[j] as number);
  }
  return solution;
}

/** The longest step, at most 1, that keeps both `values + step · changes` above zero. */
function longestStep(pairs: readonly (readonly [Float64Array, Float64Array])[]): number {
  let step = Number.POSITIVE_INFINITY;
  for (const [values, changes] of pairs) {
    for (let i = 0; i < values.length; i++) {
      const change = changes[i] as number;
      if (change < 0) step = Math.min(step, -(values[i] as number) / change);
    }
  }
  return Math.min(1, STEP_SHARE * step);
}

/** Where the search stands: dual weights and their slack, prices of both bounds. */
interface Position {
  readonly weight: Float64Array;
  readonly slack: Float64Array;
  readonly lowPrice: Float64Array;
  readonly highPrice: Float64Array;
}

interface Direction extends Position {
  readonly coefficients: Float64Array;
}

/** Newton’s step to the optimum; with `bend`, to a point of equal complementarity, corrected by a first look. */
function findDirection(
  columns: Columns,
  at: Position,
  lower: readonly Float64Array[],
  scale: Float64Array,
  bend: { readonly target: number; readonly first: Direction } | undefined,
): Direction {
  const rows = scale.length;
  const pull = new Float64Array(rows);
  const low = new Float64Array(rows);
  const high = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const weight = at.weight[i] as number;
    const slack = at.slack[i] as number;
    if (bend !== undefined) {
      const { target, first } = bend;
      const step = first.weight[i] as number;
      low[i] = (target - step * (first.lowPrice[i] as number)) / weight;
      high[i] = (target + step * (first.highPrice[i] as number)) / slack;
    }
    pull[i] =
      (at.lowPrice[i] as number) -
      (at.highPrice[i] as number) -
      ((low[i] as number) - (high[i] as number));
  }
  const right = products(
    columns,
    pull.map((value, i) => value * (scale[i] as number)),
  );
  const coefficients = solve(lower, right);
  const explained = combine(columns, coefficients, rows);
  const weight = new Float64Array(rows);
  const lowPrice = new Float64Array(rows);
  const highPrice = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const change = (scale[i] as number) * ((explained[i] as number) - (pull[i] as number));
    const atLow = at.lowPrice[i] as number;
    const atHigh = at.highPrice[i] as number;
    weight[i] = change;
    lowPrice[i] = (low[i] as number) - atLow - (atLow * change) / (at.weight[i] as number);
    highPrice[i] = (high[i] as number) - atHigh + (atHigh * change) / (at.slack[i] as number);
  }
  return { coefficients, weight, slack: weight.map((change) => -change), lowPrice, highPrice };
}

function complementarity(at: Position): number {
  let sum = 0;
  for (let i = 0; i < at.weight.length; i++) {
    sum += (at.weight[i] as number) * (at.lowPrice[i] as number);
    sum += (at.slack[i] as number) * (at.highPrice[i] as number);
  }
  return sum;
}

interface Steps {
  readonly primal: number;
  readonly dual: number;
}

function stepsAlong(at: Position, direction: Position): Steps {
  return {
    primal: longestStep([
      [at.weight, direction.weight],
      [at.slack, direction.slack],
    ]),
    dual: longestStep([
      [at.lowPrice, direction.lowPrice],
      [at.highPrice, direction.highPrice],
    ]),
  };
}

function move(values: Float64Array, changes: Float64Array, step: number): Float64Array {
  return values.map((value, i) => value + step * (changes[i] as number));
}

function advance(at: Position, direction: Position, { primal, dual }: Steps): Position {
  return {
    weight: move(at.weight, direction.weight, primal),
    slack: move(at.slack, direction.slack, primal),
    lowPrice: move(at.lowPrice, direction.lowPrice, dual),
    highPrice: move(at.highPrice, direction.highPrice, dual),
  };
}

/** Mehrotra’s predictor and corrector. Undefined where rounding leaves nothing to solve. */
function iterate(
  columns: Columns,
  at: Position,
): { next: Position; change: Float64Array } | undefined {
  const rows = at.weight.length;
  const scale = at.weight.map(
    (weight, i) =>
      1 /
      ((at.lowPrice[i] as number) / weight + (at.highPrice[i] as number) / (at.slack[i] as number)),
  );
  const lower = factorise(columns, scale);
  if (lower === undefined) return undefined;
  let direction = findDirection(columns, at, lower, scale, undefined);
  let steps = stepsAlong(at, direction);
  if (Math.min(steps.primal, steps.dual) < 1) {
    const now = complementarity(at);
    const then = complementarity(advance(at, direction, steps));
    const target = (now * (then / now) ** 3) / (2 * rows);
    direction = findDirection(columns, at, lower, scale, { target, first: direction });
    steps = stepsAlong(at, direction);
  }
  const change = direction.coefficients.map((value) => -steps.dual * value);
  return { next: advance(at, direction, steps), change };
}

function start(needs: Float64Array, predicted: Float64Array, level: number): Position {
  const residuals = needs.map((need, i) => need - (predicted[i] as number));
  const typical = residuals.reduce((sum, value) => sum + Math.abs(value), 0) / needs.length;
  const offset = 1e-3 * (typical || 1);
  return {
    weight: new Float64Array(needs.length).fill(1 - level),
    slack: new Float64Array(needs.length).fill(level),
    lowPrice: residuals.map((value) => Math.max(-value, 0) + offset),
    highPrice: residuals.map((value) => Math.max(value, 0) + offset),
  };
}

/**
 * Coefficients of least pinball loss Σ ρ(need − columns · coefficients) at quantile `level` (above 0, below
 * 1), by the Frisch–Newton interior point method of Portnoy & Koenker (1997, “The Gaussian hare and the
 * Laplacian tortoise”, Statistical Science 12) on the dual. `columns` are orthonormal; needs are centred
 * and of typical size 1. The gap proves how good the result is.
 */
export function fitQuantile(columns: Columns, needs: Float64Array, level: number): QuantileFit {
  const rows = needs.length;
  let coefficients = products(columns, needs);
  let predicted = combine(columns, coefficients, rows);
  let at = start(needs, predicted, level);
  let best: QuantileFit = { coefficients, loss: Number.POSITIVE_INFINITY, gap: Infinity };
  let bound = 0;
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    let loss = 0;
    let dual = 0;
    for (let i = 0; i < rows; i++) {
      const need = needs[i] as number;
      loss += pinballLoss(need - (predicted[i] as number), level);
      dual += need * ((at.weight[i] as number) - (1 - level));
    }
    bound = Math.max(bound, dual);
    if (loss < best.loss) best = { coefficients, loss, gap: Infinity };
    if (best.loss - bound <= RELATIVE_GAP * best.loss + ABSOLUTE_GAP * rows) break;
    const step = iterate(columns, at);
    if (step === undefined || !step.change.every((change) => Number.isFinite(change))) break;
    at = step.next;
    coefficients = coefficients.map((value, i) => value + (step.change[i] as number));
    predicted = combine(columns, coefficients, rows);
  }
  return { ...best, gap: Math.max(best.loss - bound, 0) };
}
