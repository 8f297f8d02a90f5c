import { median, rank, rankCorrelation, rankSumScore } from '@stepfit/tuner/learning/ranks';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 30 });

describe('rank', () => {
  it('counts from the smallest, and equal values share their ranks', () => {
    expect(rank([10, 30, 20]).ranks).toEqual([1, 3, 2]);
    expect(rank([5, 7, 5, 9]).ranks).toEqual([1.5, 3, 1.5, 4]);
  });

  it('deals out every rank once, whatever the ties', () => {
    fc.assert(
      fc.property(values, (all) => {
        const sum = rank(all).ranks.reduce((total, one) => total + one, 0);
        expect(sum).toBeCloseTo((all.length * (all.length + 1)) / 2);
      }),
    );
  });

  it('knows the variance of a rank sum: the mean over all ways of drawing the group', () => {
    const all = [1, 2, 2, 3, 5, 5, 5];
    const { ranks, spread } = rank(all);
    const sums: number[] = [];
    for (const [a, first] of ranks.entries()) {
      for (const [b, second] of ranks.entries()) if (a < b) sums.push(first + second);
    }
    const mean = sums.reduce((total, sum) => total + sum, 0) / sums.length;
    const variance = sums.reduce((total, sum) => total + (sum - mean) ** 2, 0) / sums.length;
    expect(2 * (all.length - 2) * spread).toBeCloseTo(variance);
  });

  it('tells nothing of values that are all equal', () => {
    const { ranks, spread } = rank([4, 4, 4, 4]);
    expect(rankSumScore((ranks[0] ?? 0) * 2, 2, 4, spread)).toBe(0);
  });
});

describe('rankCorrelation', () => {
  it('is 1 for any rising relation, −1 for any falling one, 0 for a constant', () => {
    expect(rankCorrelation([1, 2, 3, 4], [1, 10, 100, 1000])).toBeCloseTo(1);
    expect(rankCorrelation([1, 2, 3, 4], [9, 7, 5, 1])).toBeCloseTo(-1);
    expect(rankCorrelation([1, 2, 3, 4], [7, 7, 7, 7])).toBe(0);
  });

  it('stays between −1 and 1', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double(), fc.double()), { maxLength: 20 }), (pairs) => {
        const finite = pairs.filter((pair) => pair.every((one) => Number.isFinite(one)));
        const correlation = rankCorrelation(
          finite.map(([x]) => x),
          finite.map(([, y]) => y),
        );
        expect(Math.abs(correlation)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });
});

it('the median of an even number of values is between the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, 0]);
});
