import {
  describeAttempt,
  describeWithPast,
  type NetAttempt,
} from '@stepfit/tuner/quantile-net/attempt-facts';
import { initialWeights } from '@stepfit/tuner/quantile-net/network-tensors';
import { createQuantileNet } from '@stepfit/tuner/quantile-net/quantile-net';
import { createRandom } from '@stepfit/tuner/quantile-net/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** A network that has learnt nothing: what holds for it holds for any. */
function untrained(seed: number) {
  const facts = Array.from({ length: 64 }, () => 0);
  return createQuantileNet({
    version: 1,
    means: facts,
    deviations: facts.map(() => 1),
    steps: ['load'],
    ...initialWeights(1, createRandom(seed)),
  });
}

function attempt(changes: Partial<NetAttempt>): NetAttempt {
  return { step: 'load', declaredMiB: 8192, features: { items: 10 }, past: [], ...changes };
}

describe('a forecast', () => {
  it('is the network’s own distribution about what was declared, for a new step', () => {
    const { points, weights } = untrained(1).forecast(attempt({ step: 'new' }));
    expect(points).toHaveLength(40);
    expect(weights.every((weight) => weight === weights[0])).toBe(true);
    expect([...points]).toEqual([...points].toSorted((one, other) => one - other));
  });

  it('is put right by the step: one need, time and again, is the need to come', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 2, max: 1e6, noNaN: true }), (seed, needMiB) => {
        const past = Array.from({ length: 30 }, () => ({ features: { items: 10 }, needMiB }));
        const { points, weights } = untrained(seed).forecast(attempt({ past }));
        const near = points.filter((point) => Math.abs(point / needMiB - 1) < 1e-9);
        expect(near.length).toBeGreaterThanOrEqual(30);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(31, 9);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it('is finite and above zero whatever is known', () => {
    const amount = fc.oneof(
      fc.double({ min: 0, max: 1e300, noNaN: true }),
      fc.constantFrom(0, 5e-324, 1, Number.MAX_VALUE),
    );
    const features = fc.dictionary(
      fc.string(),
      fc.oneof(amount, fc.string(), fc.boolean(), fc.constantFrom(-1, Infinity, Number.NaN)),
      { maxKeys: 8 },
    );
    const attempts = fc.record({
      step: fc.constantFrom('load', 'new'),
      declaredMiB: amount,
      cpuCores: amount,
      features,
      past: fc.array(fc.record({ features, needMiB: amount }), { maxLength: 80 }),
    });
    fc.assert(
      fc.property(attempts, (any) => {
        const { points, weights } = untrained(7).forecast(any);
        expect(points.length).toBe(weights.length);
        for (const point of points) {
          expect(point).toBeGreaterThan(0);
          expect(point).toSatisfy(Number.isFinite);
        }
      }),
      { seed: 2 },
    );
  });

  it('does not depend on the order in which features are named', () => {
    const past = [{ features: { a: 1, b: 2 }, needMiB: 300 }];
    const one = untrained(3).forecast(attempt({ features: { a: 3, b: 4 }, past }));
    const other = untrained(3).forecast(attempt({ features: { b: 4, a: 3 }, past }));
    expect(one).toEqual(other);
  });
});

describe('the facts of an attempt', () => {
  it('start from what was declared, then from the median of what was needed', () => {
    expect(describeAttempt(attempt({})).reference).toBeCloseTo(Math.log(8192), 12);
    const past = [100, 400, 9000].map((needMiB) => ({ features: {}, needMiB }));
    expect(describeAttempt(attempt({ past })).reference).toBeCloseTo(Math.log(400), 12);
  });

  it('look at the newest attempts only, so that a forecast costs the same after many', () => {
    const past = Array.from({ length: 1000 }, (_, i) => ({ features: {}, needMiB: i + 1 }));
    const { past: seen, reference } = describeWithPast(attempt({ past }));
    expect(seen).toHaveLength(64);
    expect(Math.exp(reference)).toBeCloseTo(968.5, 0);
  });
});
