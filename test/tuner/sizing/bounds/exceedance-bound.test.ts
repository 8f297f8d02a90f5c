import { exceedance, type RiskBudget } from '@stepfit/tuner/sizing/bounds/exceedance-bound';
import { failureUpperBound } from '@stepfit/tuner/sizing/bounds/failure-bound';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  arbitraryHistory,
  attemptsWithPeaks,
  killed,
  observations,
} from '../../support/attempts.ts';

const BUDGET: RiskBudget = { riskRatio: 0.01, confidence: 0.95, tailIndex: 2, noRetry: false };
const arbitraryBudget = fc.record({
  riskRatio: fc.double({ min: 1e-4, max: 1, noNaN: true }),
  confidence: fc.double({ min: 0.5, max: 0.999, noNaN: true }),
  tailIndex: fc.oneof(fc.constant(0), fc.double({ min: 0.5, max: 20, noNaN: true })),
  noRetry: fc.boolean(),
});

describe('exceedance', () => {
  it('is Clopper–Pearson up to the largest need seen', () => {
    const bound = exceedance(observations([100, 200, 300, 400]), BUDGET).at(300);
    expect(bound).toMatchObject({ failures: 1, attempts: 4 });
    expect(bound.upperBound).toBe(failureUpperBound(1, 4, 0.95));
    expect(bound.distributionFreeBound).toBe(bound.upperBound);
  });

  it('thins out beyond it by the tail index', () => {
    const known = exceedance(observations([100, 400]), BUDGET);
    expect(known.at(800).upperBound).toBeCloseTo(known.at(400).upperBound / 4);
    expect(known.at(800).distributionFreeBound).toBe(known.at(400).upperBound);
  });

  it('proves the largest need with 299 attempts at 1 % and 95 %, not with 298', () => {
    function many(count: number): number {
      return exceedance(observations(Array<number>(count).fill(500)), BUDGET).provenMiB();
    }
    expect(many(299)).toBe(500);
    expect(many(298)).toBeGreaterThan(500);
    expect(many(298)).toBeLessThan(502);
  });

  it('lets a share of many attempts fail, and none where a retry is not acceptable', () => {
    const needs = [...Array<number>(999).fill(100), 1000];
    expect(exceedance(observations(needs), BUDGET).provenMiB()).toBe(100);
    expect(exceedance(observations(needs), { ...BUDGET, noRetry: true }).provenMiB()).toBe(1000);
  });

  it('proves nothing by few attempts where nothing is supposed', () => {
    const known = exceedance(observations([100, 100]), { ...BUDGET, tailIndex: 0 });
    expect(known.provenMiB()).toBe(Number.POSITIVE_INFINITY);
    expect(known.attemptsMissing(100)).toBe(297);
  });

  it('counts a killed attempt whose need was never seen as failed at every value', () => {
    const history = observeMemory([...attemptsWithPeaks([100, 100, 100]), killed(200)]);
    expect(exceedance(history, BUDGET).at(1e6)).toMatchObject({ failures: 1, attempts: 4 });
  });

  it('never rises with memory, and is proven at what it calls proven, and little below', () => {
    fc.assert(
      fc.property(
        arbitraryHistory,
        arbitraryBudget,
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        (history, budget, one, other) => {
          const known = exceedance(observeMemory(history), budget);
          const [less, more] = [Math.min(one, other), Math.max(one, other)];
          expect(known.at(more).upperBound).toBeLessThanOrEqual(known.at(less).upperBound);
          const provenMiB = known.provenMiB();
          // Below the least normal number a product has no digits left to be within anything.
          if (!Number.isFinite(provenMiB) || provenMiB < 1e-300) return;
          expect(known.at(provenMiB).upperBound).toBeLessThanOrEqual(budget.riskRatio * (1 + 1e-9));
          if (budget.noRetry) return;
          expect(known.at(provenMiB * 0.999).upperBound).toBeGreaterThanOrEqual(
            Math.min(budget.riskRatio, known.at(provenMiB).upperBound),
          );
        },
      ),
    );
  });

  it('is never lowered by one more failure-free attempt that says how many are missing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 1, maxLength: 30 }),
        arbitraryBudget,
        fc.double({ min: 1, max: 5, noNaN: true }),
        (needs, budget, factor) => {
          const memoryMiB = Math.max(...needs) * factor;
          const missing = exceedance(observations(needs), budget).attemptsMissing(memoryMiB);
          if (missing > 2000) return;
          const more = Array<number>(missing).fill(0.5);
          const { upperBound } = exceedance(observations([...needs, ...more]), budget).at(
            memoryMiB,
          );
          expect(upperBound).toBeLessThanOrEqual(budget.riskRatio * (1 + 1e-9));
        },
      ),
    );
  });

  it('proves no more memory after one more attempt that needed no more than what was proven', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 1, maxLength: 400 }),
        arbitraryBudget,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (needs, budget, share) => {
          const before = exceedance(observations(needs), budget).provenMiB();
          const below = share * Math.min(before, Math.max(...needs));
          const after = exceedance(observations([...needs, below]), budget).provenMiB();
          expect(after).toBeLessThanOrEqual(before);
        },
      ),
    );
  });

  it('is finite and quick for a million attempts', () => {
    const [one] = observations([1]);
    const million = Array.from({ length: 1_000_000 }, (_, i) => ({
      ...(one as NonNullable<typeof one>),
      needMiB: 1000 + (i % 1000),
    }));
    const provenMiB = exceedance(million, BUDGET).provenMiB();
    // at most 1 % of them lie above 1989, and a million attempts prove nearly that
    expect(provenMiB).toBeGreaterThanOrEqual(1989);
    expect(provenMiB).toBeLessThan(1992);
  });
});
