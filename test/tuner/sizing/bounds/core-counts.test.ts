import { coreCounts, fitCores, thinned } from '@stepfit/tuner/sizing/bounds/core-counts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const WHOLE = { floor: 1, cap: 64, step: 1 };
const LISTED = { ...WHOLE, floor: 0.5, cap: 8, counts: [0.25, 0.5, 1, 2, 4, 8, 16] };

describe('coreCounts', () => {
  it('lists every count up to the first that is enough', () => {
    expect(coreCounts(WHOLE, 3.5)).toEqual([1, 2, 3, 4]);
    expect(coreCounts({ ...WHOLE, step: 0.5 }, 2)).toEqual([1, 1.5, 2]);
    expect(coreCounts(WHOLE, 1000).at(-1)).toBe(64);
  });

  it('takes the counts there are, between floor and cap', () => {
    expect(coreCounts(LISTED, 3)).toEqual([0.5, 1, 2, 4]);
    expect(coreCounts(LISTED, 100)).toEqual([0.5, 1, 2, 4, 8]);
    expect(fitCores(3, LISTED)).toBe(4);
    expect(fitCores(100, LISTED)).toBe(8);
  });

  it('has both ends, however fine the grid, and no more than some hundred in between', () => {
    const counts = coreCounts({ floor: 0.1, cap: 1024, step: 0.001 }, 900);
    expect(counts.length).toBeLessThanOrEqual(258);
    expect([counts[0], counts.at(-1)]).toEqual([0.1, 900]);
  });
});

describe('thinned', () => {
  it('keeps what it must, stays within the limit, and invents nothing', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 0, max: 199 }),
        (values, index) => {
          const counts = values.toSorted((a, b) => a - b);
          const kept = [counts[index % counts.length] ?? 1];
          const few = thinned(counts, kept, 16);
          expect(few).toHaveLength(Math.min(16, counts.length));
          expect(counts).toEqual(expect.arrayContaining(few));
          expect(few).toEqual(expect.arrayContaining(kept));
          expect(few).toEqual(few.toSorted((a, b) => a - b));
        },
      ),
    );
  });

  it('spreads them by ratio', () => {
    const counts = Array.from({ length: 64 }, (_, index) => index + 1);
    expect(thinned(counts, [1, 64], 7)).toEqual([1, 2, 5, 11, 27, 63, 64]);
  });
});
