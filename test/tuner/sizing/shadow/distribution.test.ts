import { toDistribution } from '@stepfit/tuner/sizing/shadow/distribution';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const arbitrarySupport = fc
  .array(
    fc.record({
      point: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e12, noNaN: true })),
      weight: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 120 },
  )
  .map((entries) => ({
    points: Float64Array.from(entries, ({ point }) => point),
    weights: Float64Array.from(entries, ({ weight }) => weight),
  }));

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

describe('toDistribution', () => {
  it('gives ascending finite points not below zero whose weights sum to 1', () => {
    fc.assert(
      fc.property(arbitrarySupport, fc.boolean(), (support, tail) => {
        const { points, weights } = toDistribution(support, { tail });
        expect(points.every((point, i) => i === 0 || point >= (points[i - 1] ?? 0))).toBe(true);
        expect(points.every((point) => point >= 0 && Number.isFinite(point))).toBe(true);
        expect(sum(weights)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('does not depend on the order of the support', () => {
    fc.assert(
      fc.property(arbitrarySupport, (support) => {
        const order = Uint32Array.from(support.points.keys()).toReversed();
        const reversed = {
          points: Float64Array.from(order, (i) => support.points[i] ?? 0),
          weights: Float64Array.from(order, (i) => support.weights[i] ?? 0),
        };
        const one = toDistribution(support, { tail: true });
        const other = toDistribution(reversed, { tail: true });
        expect(other.largest).toBe(one.largest);
        other.points.forEach((point, i) => {
          const expected = one.points[i] ?? 0;
          expect(Math.abs(point - expected)).toBeLessThanOrEqual(1e-9 * (1 + one.largest));
        });
      }),
    );
  });

  it('holds a need beyond the largest as likely as that the next of n + 1 is the largest', () => {
    const needs = new Float64Array(9).fill(100);
    const { points, weights } = toDistribution(
      { points: needs, weights: new Float64Array(9).fill(1) },
      { tail: true },
    );
    const beyond = points.reduce(
      (share, point, i) => share + (point > 100 ? (weights[i] ?? 0) : 0),
      0,
    );
    expect(beyond).toBeCloseTo(0.1);
  });

  it('keeps the mean, whatever it condenses', () => {
    const needs = Float64Array.from({ length: 500 }, (_, i) => 1000 + ((i * 7919) % 500));
    const { points, weights } = toDistribution(
      { points: needs, weights: new Float64Array(500).fill(1) },
      { tail: false },
    );
    const mean = points.reduce((total, point, i) => total + point * (weights[i] ?? 0), 0);
    expect(mean / (sum(needs) / 500)).toBeCloseTo(1, 2);
    expect(points.length).toBeLessThan(300);
  });
});
