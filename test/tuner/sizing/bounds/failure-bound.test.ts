import { attemptsNeeded, failureUpperBound } from '@stepfit/tuner/sizing/bounds/failure-bound';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('failureUpperBound', () => {
  // One-sided 95 % Clopper–Pearson, from exact binomial sums.
  it.each([
    [0, 10, 0.2589],
    [1, 10, 0.3942],
    [2, 10, 0.5069],
    [3, 10, 0.6066],
    [9, 10, 0.9949],
    [0, 20, 0.1391],
    [1, 20, 0.2161],
    [2, 20, 0.2826],
    [5, 100, 0.1023],
    [3, 300, 0.0256],
    [0, 299, 0.00997],
  ])('of %i failures in %i attempts is %f', (failures, attempts, bound) => {
    expect(failureUpperBound(failures, attempts, 0.95)).toBeCloseTo(bound, 4);
  });

  it('is 1 where nothing was seen and where everything failed', () => {
    expect(failureUpperBound(0, 0, 0.95)).toBe(1);
    expect(failureUpperBound(7, 7, 0.95)).toBe(1);
  });

  it('lies between the share seen and 1, rises with failures and confidence, falls with attempts', () => {
    const cases = fc
      .integer({ min: 2, max: 400 })
      .chain((attempts) =>
        fc.tuple(fc.integer({ min: 0, max: attempts - 1 }), fc.constant(attempts)),
      );
    fc.assert(
      fc.property(cases, fc.double({ min: 0.5, max: 0.999, noNaN: true }), ([k, n], confidence) => {
        const bound = failureUpperBound(k, n, confidence);
        expect(bound).toBeGreaterThan(k / n);
        expect(bound).toBeLessThanOrEqual(1);
        expect(failureUpperBound(k + 1, n, confidence)).toBeGreaterThan(bound);
        expect(failureUpperBound(k, n + 1, confidence)).toBeLessThan(bound);
        expect(failureUpperBound(k, n, (1 + confidence) / 2)).toBeGreaterThan(bound);
      }),
    );
  });

  it('holds for large numbers', () => {
    // 10,000 of 1,000,000: normal approximation 0.01 + 1.645·√(0.01·0.99/10⁶) = 0.010164
    expect(failureUpperBound(10_000, 1_000_000, 0.95)).toBeCloseTo(0.010164, 5);
  });
});

describe('attemptsNeeded', () => {
  it('is the number of failure-free attempts that proves the risk', () => {
    // ln 0.05 / ln 0.99 = 298.07; ln 0.05 / ln 0.95 = 58.4
    expect(attemptsNeeded(0.01, 0.95)).toBe(299);
    expect(attemptsNeeded(0.05, 0.95)).toBe(59);
    expect(attemptsNeeded(1, 0.95)).toBe(1);
  });

  it('agrees with the bound', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.5, noNaN: true }), (risk) => {
        const needed = attemptsNeeded(risk, 0.95);
        expect(failureUpperBound(0, needed, 0.95)).toBeLessThanOrEqual(risk + 1e-12);
        expect(failureUpperBound(0, needed - 1, 0.95)).toBeGreaterThan(risk - 1e-12);
      }),
    );
  });
});
