import { toDistribution } from '@stepfit/tuner/sizing/shadow/distribution';
import {
  expectedWaste,
  findLeastWaste,
  realisedWaste,
  retryAt,
} from '@stepfit/tuner/sizing/shadow/expected-waste';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const arbitraryTerms = fc.record({
  failedShare: fc.double({ min: 0, max: 1, noNaN: true }),
  price: fc.double({ min: 0, max: 1e6, noNaN: true }),
});
const arbitraryNeeds = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), {
  minLength: 1,
  maxLength: 40,
});

function distributionOf(needs: readonly number[]) {
  const points = Float64Array.from(needs);
  return toDistribution(
    { points, weights: new Float64Array(needs.length).fill(1) },
    { tail: true },
  );
}

describe('findLeastWaste', () => {
  it('finds what trying every plausible need as the allocation finds', () => {
    fc.assert(
      fc.property(arbitraryNeeds, arbitraryTerms, (needs, terms) => {
        const distribution = distributionOf(needs);
        const found = findLeastWaste(distribution, terms);
        const least = Math.min(
          ...distribution.points
            .filter((point) => point >= distribution.least)
            .map((point) => expectedWaste(distribution, point, terms)),
        );
        const scale = 1 + distribution.largest + terms.price;
        expect(Math.abs(found.waste - least)).toBeLessThanOrEqual(1e-9 * scale);
        expect(
          Math.abs(expectedWaste(distribution, found.allocation, terms) - least),
        ).toBeLessThanOrEqual(1e-9 * scale);
      }),
    );
  });

  it('never asks for less than anything ever needed, as the kernel alone would after two unlike needs', () => {
    const { allocation } = findLeastWaste(distributionOf([100, 900]), { failedShare: 1, price: 0 });
    expect(allocation).toBeGreaterThanOrEqual(100);
  });

  it('asks for no less when failures cost more', () => {
    fc.assert(
      fc.property(arbitraryNeeds, fc.double({ min: 1, max: 1e6, noNaN: true }), (needs, price) => {
        const distribution = distributionOf(needs);
        const cheap = findLeastWaste(distribution, { failedShare: 1, price: 0 });
        const dear = findLeastWaste(distribution, { failedShare: 1, price });
        expect(dear.allocation).toBeGreaterThanOrEqual(cheap.allocation);
      }),
    );
  });
});

describe('expectedWaste', () => {
  it('is the mean of what each plausible need would have wasted', () => {
    const distribution = distributionOf([100, 200, 300]);
    const terms = { failedShare: 1, price: 50 };
    const mean = distribution.points.reduce(
      (total, need, i) =>
        total +
        (distribution.weights[i] ?? 0) *
          (need <= 250 ? 250 - need : 250 + 50 + Math.max(retryAt(distribution) - need, 0)),
      0,
    );
    expect(expectedWaste(distribution, 250, terms)).toBeCloseTo(mean);
  });
});

describe('realisedWaste', () => {
  const terms = { failedShare: 1, price: 10 };

  it('is what is left over of an allocation that was enough', () => {
    expect(realisedWaste(150, 300, 100, terms)).toBe(50);
  });

  it('is the lost attempt, its price and what is left over of the retry', () => {
    expect(realisedWaste(150, 300, 200, terms)).toBe(150 + 10 + 100);
  });

  it('doubles where the retry is no larger, and ends', () => {
    expect(realisedWaste(150, 100, 500, terms)).toBe(150 + 10 + (300 + 10) + 100);
    expect(Number.isFinite(realisedWaste(0, 0, 1e300, terms))).toBe(true);
  });
});
