import { numpyPermutation } from '@stepfit/tuner/compare/numpy-permutation';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('the order of a seeded shuffle', () => {
  it('is NumPy’s, as `RandomState(seed).permutation(n)` prints it', () => {
    expect(numpyPermutation(0, 10)).toEqual([2, 8, 4, 9, 1, 6, 7, 3, 0, 5]);
    expect(numpyPermutation(42, 10)).toEqual([8, 1, 5, 0, 7, 2, 9, 4, 3, 6]);
    expect(numpyPermutation(1996, 0)).toEqual([]);
    expect(numpyPermutation(1996, 1)).toEqual([0]);
  });

  it('has every place once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.nat(700), (seed, length) => {
        const places = numpyPermutation(seed, length).toSorted((a, b) => a - b);

        expect(places).toEqual(Array.from({ length }, (_, place) => place));
      }),
      { numRuns: 50 },
    );
  });
});
