import { pinballLoss } from '@stepfit/tuner/sizing/quantile/interior-point';
import {
  fitQuantileRegression,
  type QuantileRegression,
} from '@stepfit/tuner/sizing/quantile/quantile-regression';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { leastLoss, type Problem } from '../../support/pinball-programme.ts';

// Hundreds of fits, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** Numbers that look random and are the same each time. */
function random(i: number, j: number): number {
  return (Math.sin(i * 12.9898 + j * 78.233) * 43758.5453) % 1;
}

/** The loss that the fitted quantile really causes, by its predictions alone. */
function lossOf({ needs, features, level }: Problem): number {
  const fit = fitQuantileRegression(Float64Array.from(needs), features, [level]);
  return needs.reduce((sum, need, i) => {
    const [predicted = Number.NaN] = fit.predict(features[i] ?? []);
    return sum + pinballLoss(need - predicted, level);
  }, 0);
}

/** How far the loss is from the optimum, as a share of it, or of a thousandth of the needs. */
function distanceToOptimum(problem: Problem): number {
  const least = leastLoss(problem);
  const size = problem.needs.reduce((sum, need) => sum + Math.abs(need), 0);
  return Math.abs(lossOf(problem) - least) / (Math.max(least, 1e-3 * size) || 1);
}

const levels = fc.constantFrom(0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99);

/** Few distinct values make ties, duplicate rows, constant columns and several optima. */
function problems(value: fc.Arbitrary<number>): fc.Arbitrary<Problem> {
  return fc.integer({ min: 0, max: 4 }).chain((width) =>
    fc
      .record({
        rows: fc.array(
          fc.record({ need: value, row: fc.array(value, { minLength: width, maxLength: width }) }),
          { minLength: 1, maxLength: 40 },
        ),
        level: levels,
      })
      .map(({ rows, level }) => ({
        needs: rows.map(({ need }) => need),
        features: rows.map(({ row }) => row),
        level,
      })),
  );
}

const coarse = problems(fc.integer({ min: -3, max: 5 }));
const fine = problems(
  fc.double({ min: -100, max: 100, noNaN: true }).map((x) => Math.round(x * 1e4) / 1e4),
);

describe('the loss of a fitted quantile is the optimum that an LP solver finds', () => {
  it('on random problems', () => {
    fc.assert(
      fc.property(fine, (problem) => {
        expect(distanceToOptimum(problem)).toBeLessThan(1e-6);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it('with ties, duplicate rows and constant columns', () => {
    fc.assert(
      fc.property(coarse, (problem) => {
        expect(distanceToOptimum(problem)).toBeLessThan(1e-6);
      }),
      { numRuns: 150, seed: 2 },
    );
  });

  it('with collinear columns', () => {
    fc.assert(
      fc.property(coarse, (problem) => {
        const features = problem.features.map((row) => [
          ...row,
          2 * row.reduce((sum, value) => sum + value, 0) + 1,
          7,
        ]);
        expect(distanceToOptimum({ ...problem, features })).toBeLessThan(1e-6);
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it('on the size of a step’s history', () => {
    const features = Array.from({ length: 400 }, (_, i) => [0, 1, 2, 3].map((j) => random(i, j)));
    const needs = features.map((row, i) => 1 + row.reduce((a, b) => a + b, 0) + random(i, 9) ** 3);
    expect(distanceToOptimum({ needs, features, level: 0.95 })).toBeLessThan(1e-6);
  });
});

const LEVELS = [0.05, 0.25, 0.5, 0.75, 0.9, 0.95];

function fitAll({ needs, features }: Omit<Problem, 'level'>): QuantileRegression {
  return fitQuantileRegression(Float64Array.from(needs), features, LEVELS);
}

describe('fitQuantileRegression', () => {
  it('draws the line through points on a line', () => {
    const features = [1, 2, 3, 5, 8].map((value) => [value]);
    const fit = fitAll({ needs: features.map(([value = 0]) => 400 + 2 * value), features });
    for (const predicted of fit.predict([10])) expect(predicted).toBeCloseTo(420, 6);
  });

  it('without features gives the quantiles of the needs', () => {
    const needs = Array.from({ length: 101 }, (_, i) => i);
    const fit = fitAll({ needs, features: needs.map(() => []) });
    expect([...fit.predict([])].map((value) => Math.round(value))).toEqual([5, 25, 50, 75, 90, 95]);
  });

  it('proves how good it is', () => {
    fc.assert(
      fc.property(fine, (problem) => {
        const { losses, gaps } = fitAll(problem);
        const size = problem.needs.reduce((sum, need) => sum + Math.abs(need), 0);
        for (const [at, gap] of gaps.entries()) {
          expect(gap).toBeGreaterThanOrEqual(0);
          expect(gap).toBeLessThanOrEqual(1e-6 * (losses[at] ?? 0) + 1e-9 * size);
        }
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  it('never lets quantiles cross', () => {
    fc.assert(
      fc.property(fine, fc.double({ min: -1e3, max: 1e3, noNaN: true }), (problem, far) => {
        const width = problem.features[0]?.length ?? 0;
        const predicted = fitAll(problem).predict(Array.from({ length: width }, () => far));
        expect([...predicted]).toEqual([...predicted].toSorted((a, b) => a - b));
      }),
      { seed: 5 },
    );
  });

  it('loses in proportion when needs are scaled, and the same when a line is added', () => {
    fc.assert(
      fc.property(
        fine,
        fc.constantFrom(1e-6, 3, 2 ** 30),
        fc.integer(),
        (problem, factor, slope) => {
          const { losses } = fitAll(problem);
          const scaled = fitAll({ ...problem, needs: problem.needs.map((need) => need * factor) });
          const tilted = fitAll({
            ...problem,
            needs: problem.needs.map(
              (need, i) => need + (slope % 10) * (1 + (problem.features[i]?.[0] ?? 0)),
            ),
          });
          const size = problem.needs.reduce((sum, need) => sum + Math.abs(need), 1);
          for (const [at, loss] of losses.entries()) {
            const slack = 1e-6 * loss + 1e-8 * size;
            expect(Math.abs((scaled.losses[at] ?? 0) / factor - loss)).toBeLessThanOrEqual(slack);
            expect(Math.abs((tilted.losses[at] ?? 0) - loss)).toBeLessThanOrEqual(100 * slack);
          }
        },
      ),
      { numRuns: 100, seed: 6 },
    );
  });

  it('does not depend on the units of the features', () => {
    fc.assert(
      fc.property(fine, (problem) => {
        const units = [1e-9, 1024, 1e12, 7];
        const features = problem.features.map((row) =>
          row.map((value, j) => value * (units[j] ?? 1)),
        );
        const { losses } = fitAll(problem);
        const size = problem.needs.reduce((sum, need) => sum + Math.abs(need), 1);
        for (const [at, loss] of fitAll({ ...problem, features }).losses.entries()) {
          expect(Math.abs(loss - (losses[at] ?? 0))).toBeLessThanOrEqual(1e-6 * loss + 1e-8 * size);
        }
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it('gives finite quantiles for any finite input', () => {
    const finite = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }),
      fc.constantFrom(0, 1, -1, 5e-324, 1e300, 1e9, 1e9 + 1e-6),
    );
    fc.assert(
      fc.property(problems(finite), ({ needs, features }) => {
        const fit = fitAll({ needs, features });
        for (const row of features) {
          for (const predicted of fit.predict(row)) expect(predicted).toSatisfy(Number.isFinite);
        }
        expect(fit.leverages.every((share) => share >= 0 && share <= 1 + 1e-9)).toBe(true);
      }),
      { seed: 8 },
    );
  });

  it('gives the same for the same attempts', () => {
    fc.assert(
      fc.property(fine, (problem) => {
        expect(fitAll(problem).losses).toEqual(fitAll(problem).losses);
      }),
      { numRuns: 20, seed: 9 },
    );
  });
});
