/** Numbers of equal rows, one array for each column. */
export type Columns = readonly Float64Array[];

/** The columns of a design in orthonormal coordinates; those that add nothing are gone. */
export interface Basis {
  /** Orthonormal columns, the first one constant. */
  readonly columns: Columns;
  /** A row of the original columns in these coordinates. */
  readonly project: (row: readonly number[]) => Float64Array;
  /** Share of each row in its own least-squares prediction, 0 to 1; they sum to the number of columns. */
  readonly leverages: Float64Array;
}

/** A column of which less than this share is not explained by those before it is taken as explained. */
const LEAST_NEW_SHARE = 1e-9;

interface Step {
  /** Which original column. */
  readonly place: number;
  readonly scale: number;
  /** What earlier orthonormal columns explain of it. */
  readonly explained: readonly number[];
  readonly norm: number;
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i] as number) * (other[i] as number);
  return sum;
}

/** Takes what `columns` explain out of `column`, twice: once leaves rounding errors behind. */
function orthogonalise(column: Float64Array, columns: Columns): number[] {
  const explained = columns.map(() => 0);
  for (let pass = 0; pass < 2; pass++) {
    for (const [place, other] of columns.entries()) {
      const share = dot(column, other);
      explained[place] = (explained[place] as number) + share;
      for (let i = 0; i < column.length; i++) {
        column[i] = (column[i] as number) - share * (other[i] as number);
      }
    }
  }
  return explained;
}

export function largestMagnitude(values: Float64Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/**
 * Modified Gram–Schmidt with an intercept, each pass taking the column that adds most, so that collinear
 * and constant columns fall out whatever their units. `rows` is at least 1, all values finite.
 */
export function toBasis(rows: number, originals: Columns): Basis {
  const columns = [new Float64Array(rows).fill(1 / Math.sqrt(rows))];
  const steps: Step[] = [];
  const left = originals.map((original, place) => {
    const scale = largestMagnitude(original) || 1;
    return { place, scale, values: original.map((value) => value / scale) };
  });
  while (left.length > 0 && columns.length < rows) {
    const candidates = left.map((candidate) => {
      const column = candidate.values.slice();
      const explained = orthogonalise(column, columns);
      const norm = Math.sqrt(dot(column, column));
      const total = Math.sqrt(dot(candidate.values, candidate.values)) || 1;
      return { ...candidate, column, explained, norm, newShare: norm / total };
    });
    const best = candidates.reduce((one, other) => (other.newShare > one.newShare ? other : one));
    if (best.newShare < LEAST_NEW_SHARE) break;
    columns.push(best.column.map((value) => value / best.norm));
    const { place, scale, explained, norm } = best;
    steps.push({ place, scale, explained, norm });
    left.splice(
      left.findIndex((candidate) => candidate.place === place),
      1,
    );
  }
  return { columns, project: createProjection(rows, steps), leverages: sumSquares(rows, columns) };
}

function createProjection(rows: number, steps: readonly Step[]): Basis['project'] {
  return (row) => {
    const projected = new Float64Array(steps.length + 1);
    projected[0] = 1 / Math.sqrt(rows);
    for (const [at, { place, scale, explained, norm }] of steps.entries()) {
      let value = (row[place] as number) / scale;
      for (let i = 0; i <= at; i++) {
        value -= (explained[i] as number) * (projected[i] as number);
      }
      projected[at + 1] = value / norm;
    }
    return projected;
  };
}

function sumSquares(rows: number, columns: Columns): Float64Array {
  const sums = new Float64Array(rows);
  for (const column of columns) {
    for (let i = 0; i < rows; i++) {
      sums[i] = (sums[i] as number) + (column[i] as number) ** 2;
    }
  }
  return sums;
}
