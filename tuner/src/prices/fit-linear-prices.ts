import { EXAMPLE_PRICES, type Prices, type Shape } from '../model/prices.ts';

type LinearPrices = Pick<Prices, 'cpuCoreHourUsd' | 'memoryGibHourUsd' | 'gpuHourUsd'>;

const MIB_PER_GIB = 1024;
/** Cores, memory and GPUs: which of them have a price at all. */
const SUBSETS: readonly (readonly number[])[] = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];
/**
 * Decides only what the machines leave open. Machines that all have 4 GiB a core say nothing of how their
 * price divides between the two; then it divides as the example prices do.
 */
const TIE_WEIGHT = 1e-9;

/** An amount of each resource, and the price that it should come to. */
interface Equation {
  readonly amounts: readonly number[];
  readonly target: number;
}

/**
 * Prices of a core, a GiB and a GPU that come nearest to the prices of whole machines: non-negative least
 * squares of the relative error (Lawson and Hanson, 1974, ch. 23). With three unknowns every set of prices
 * that may be above nought is solved, and the best that is nowhere negative is taken.
 *
 * They value capacity of one kind, such as GiB-hours; what a task costs is reckoned with the machines.
 */
export function fitLinearPrices(shapes: readonly Shape[]): LinearPrices {
  const machines = shapes.filter(({ hourUsd }) => hourUsd > 0).map(toEquation);
  if (machines.length === 0) return { cpuCoreHourUsd: 0, memoryGibHourUsd: 0, gpuHourUsd: 0 };
  const equations = [...machines, ...exampleEquations(machines)];
  let best: readonly number[] = [];
  let leastError = Number.POSITIVE_INFINITY;
  for (const columns of SUBSETS) {
    const solution = solveFor(equations, columns);
    if (solution === undefined || solution.some((price) => price < 0)) continue;
    const error = equations.reduce(
      (sum, { amounts, target }) => sum + (target - dot(amounts, solution)) ** 2,
      0,
    );
    if (error >= leastError) continue;
    leastError = error;
    best = solution;
  }
  const [cpuCoreHourUsd = 0, memoryGibHourUsd = 0, gpuHourUsd = 0] = best;
  return { cpuCoreHourUsd, memoryGibHourUsd, gpuHourUsd };
}

/** Divided by the price, so that large machines do not count for more than small ones. */
function toEquation({ cpuCores, memoryMiB, gpuCount = 0, hourUsd }: Shape): Equation {
  const amounts = [cpuCores, memoryMiB / MIB_PER_GIB, gpuCount].map((amount) => amount / hourUsd);
  return { amounts, target: 1 };
}

/** The example prices, all scaled alike to come nearest to the machines; no price for what none has. */
function exampleEquations(machines: readonly Equation[]): Equation[] {
  const { cpuCoreHourUsd, memoryGibHourUsd, gpuHourUsd } = EXAMPLE_PRICES;
  const example = [cpuCoreHourUsd, memoryGibHourUsd, gpuHourUsd];
  const predicted = machines.map(({ amounts }) => dot(amounts, example));
  const scale = sum(predicted) / sum(predicted.map((ratio) => ratio ** 2));
  const weight = Math.sqrt(TIE_WEIGHT * machines.length);
  return example.map((price, index) => {
    const hasAny = machines.some(({ amounts }) => (amounts[index] ?? 0) > 0);
    const amounts = [0, 0, 0];
    amounts[index] = weight / (price * scale);
    return { amounts, target: hasAny ? weight : 0 };
  });
}

/** Least squares with a price of nought outside `columns`; undefined where they are not determined. */
function solveFor(
  equations: readonly Equation[],
  columns: readonly number[],
): number[] | undefined {
  const system = columns.map((i) => [
    ...columns.map((j) =>
      sum(equations.map(({ amounts }) => (amounts[i] ?? 0) * (amounts[j] ?? 0))),
    ),
    sum(equations.map(({ amounts, target }) => (amounts[i] ?? 0) * target)),
  ]);
  const values = eliminate(system);
  if (values === undefined) return undefined;
  const solution = [0, 0, 0];
  for (const [index, column] of columns.entries()) solution[column] = values[index] ?? 0;
  return solution;
}

/** Gauss and Jordan with the largest pivot; undefined where a pivot vanishes against its row's scale. */
function eliminate(system: readonly (readonly number[])[]): number[] | undefined {
  const rows = system.map((row) => [...row]);
  const scale = Math.max(...rows.flat().map(Math.abs));
  for (let column = 0; column < rows.length; column += 1) {
    const pivotRow = rows
      .slice(column)
      .toSorted((a, b) => Math.abs(b[column] ?? 0) - Math.abs(a[column] ?? 0))[0];
    const pivot = pivotRow?.[column] ?? 0;
    if (pivotRow === undefined || Math.abs(pivot) <= scale * 1e-12) return undefined;
    const at = rows.indexOf(pivotRow);
    [rows[column], rows[at]] = [pivotRow, rows[column] ?? pivotRow];
    for (const [index, row] of rows.entries()) {
      if (index === column) continue;
      const factor = (row[column] ?? 0) / pivot;
      rows[index] = row.map((value, k) => value - factor * (pivotRow[k] ?? 0));
    }
  }
  return rows.map((row, index) => (row.at(-1) ?? 0) / (row[index] ?? 1));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return sum(a.map((value, index) => value * (b[index] ?? 0)));
}
