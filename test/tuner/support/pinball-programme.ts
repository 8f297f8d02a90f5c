import loadHighs from 'highs';

// Its types describe the CommonJS build, whose function is a property; the ES build exports the function itself.
const load = loadHighs as unknown as typeof loadHighs.default;
const highs = await load();

/** A quantile regression to solve. */
export interface Problem {
  readonly needs: number[];
  readonly features: number[][];
  readonly level: number;
}

/** Σ coefficient · variable as the LP format wants it: a sign before every term. */
function terms(parts: readonly (readonly [number, string])[]): string {
  return parts
    .map(([factor, name]) => `${factor < 0 ? '-' : '+'} ${Math.abs(factor)} ${name}`)
    .join(' ');
}

/** Least sum of pinball losses by the textbook linear programme: need = line + over − under. */
export function leastLoss({ needs, features, level }: Problem): number {
  const loss = needs.flatMap((_, i) => [
    [level, `over${i}`] as const,
    [1 - level, `under${i}`] as const,
  ]);
  const rows = needs.map((need, i) => {
    const line = (features[i] ?? []).map((value, j) => [value, `slope${j}`] as const);
    const parts = [[1, 'intercept'], ...line, [1, `over${i}`], [-1, `under${i}`]] as const;
    return ` row${i}: ${terms(parts)} = ${need}`;
  });
  const free = ['intercept', ...(features[0] ?? []).map((_, j) => `slope${j}`)];
  const problem = [
    'Minimize',
    ` loss: ${terms(loss)}`,
    'Subject To',
    ...rows,
    'Bounds',
    ...free.map((name) => ` ${name} free`),
    'End',
  ].join('\n');
  const solution = highs.solve(problem, { presolve: 'off', output_flag: false });
  if (solution.Status !== 'Optimal') throw new Error(`HiGHS: ${solution.Status}`);
  return solution.ObjectiveValue;
}
