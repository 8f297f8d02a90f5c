import { cheapestRetry } from '@stepfit/tuner/sizing/cheapest-retry';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Mean waste of a retry at `x` times the first, with the need drawn from the tail by equal shares of it. */
function meanWaste(x: number, last: number, tailIndex: number, retryCost: number): number {
  const draws = 20_000;
  let waste = 0;
  for (let i = 0; i < draws; i += 1) {
    const need = ((i + 0.5) / draws) ** (-1 / tailIndex);
    if (need <= x) waste += x - need;
    else waste += (1 + retryCost) * x + Math.max(last - need, 0);
  }
  return waste / draws;
}

const arbitraryTerms = fc.record({
  tailIndex: fc.oneof(fc.constant(1), fc.double({ min: 0.5, max: 8, noNaN: true })),
  retryCost: fc.double({ min: 0, max: 10, noNaN: true }),
});

describe('cheapestRetry', () => {
  it('lies between the first and the last', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        arbitraryTerms,
        (firstMiB, ratio, terms) => {
          const retryMiB = cheapestRetry(firstMiB, firstMiB * ratio, terms);
          expect(retryMiB).toBeGreaterThan(firstMiB * 0.999);
          expect(retryMiB).toBeLessThanOrEqual(firstMiB * ratio * 1.001);
        },
      ),
    );
  });

  it('wastes no more than other values would, by drawing needs from the tail', () => {
    fc.assert(
      fc.property(fc.double({ min: 2, max: 30, noNaN: true }), arbitraryTerms, (last, terms) => {
        const best = cheapestRetry(1, last, terms);
        const least = meanWaste(best, last, terms.tailIndex, terms.retryCost);
        for (const other of [1.2, 1.5, 2, 3, 5, 10, last].filter((x) => x <= last)) {
          const waste = meanWaste(other, last, terms.tailIndex, terms.retryCost);
          // Within what trying quarter steps and drawing a finite number of needs leaves open.
          expect(least).toBeLessThanOrEqual(waste * 1.05 + 0.02);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('goes straight to the last where nothing is supposed, or nothing lies between', () => {
    expect(cheapestRetry(100, 1600, { tailIndex: 0, retryCost: 1 })).toBe(1600);
    expect(cheapestRetry(100, 100, { tailIndex: 2, retryCost: 1 })).toBe(100);
  });
});
