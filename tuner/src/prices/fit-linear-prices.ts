import type { Prices, Shape } from '../model/prices.ts';

type LinearPrices = Pick<Prices, 'cpuCoreHourUsd' | 'memoryGibHourUsd' | 'gpuHourUsd'>;

const MIB_PER_GIB = 1024;
/** Cores, memory and GPUs: which of them have a price at all. */
const SUBSETS: readonly (readonly number[])[] = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];

/**
 * Prices of a core, a GiB and a GPU that come nearest to the prices of whole machines: non-negative least
 * squares of the relative error (Lawson and Hanson, 1974, ch. 23). With three unknowns every set of prices
 * that may be above nought is solved, and the best that is nowhere negative is taken.
 *
 * They value capacity of one kind, such as GiB-hours; what a task costs is reckoned with the machines.
 */
export function fitLinearPrices(shapes: readonly Shape[]): LinearPrices {
  const rows = shapes
    .filter(({ hourUsd }) => hourUsd > 0)
    .map(({ cpuCores, memoryMiB, gpuCount = 0, hourUsd }) =>
      [cpuCores, memoryMiB / MIB_PER_GIB, gpuCount].map((amount) => amount / hourUsd),
    );
  let best = [0, 0, 0];
  let leastError = Number.POSITIVE_INFINITY;
  for (const columns of SUBSETS) {
    const solution = solveFor(rows, columns);
    if (solution === undefined || solution.some((price) => price < 0)) continue;
    const error = rows.reduce((sum, row) => sum + (1 - dot(row, solution)) ** 2, 0);
    if (error < leastError) {
      leastError = error;
      best = solution;
    }
  }
  const [cpuCoreHourUsd = 0, memoryGibHourUsd = 0, gpuHourUsd = 0] = best;
  return { cpuCoreHourUsd, memoryGibHourUsd, gpuHourUsd };
}

/** Least squares of `row · x = 1` with x nought outside `columns`; undefined where it is not determined. */
function solveFor(
  rows: readonly (readonly number[])[],
  columns: readonly number[],
): number[] | undefined {
  const system = columns.map((i) => [
    ...columns.map((j) => rows.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0)),
    rows.reduce((sum, row) => sum + (row[i] ?? 0), 0),
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

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
