import { exceedance, type RiskBudget } from '@stepfit/tuner/sizing/bounds/exceedance-bound';
import { failureUpperBound } from '@stepfit/tuner/sizing/bounds/failure-bound';
import {
  MIN_SURPRISES,
  surpriseShare,
  surprisesOf,
} from '@stepfit/tuner/sizing/bounds/surprise-tail';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { attemptsWithPeaks, killed, observations } from '../../support/attempts.ts';

const SUPPOSED: RiskBudget = { riskRatio: 0.01, confidence: 0.95, tailIndex: 2, noRetry: false };
const BOUND = { confidence: 0.95, tailIndex: 2 };
const arbitraryRatios = fc
  .array(fc.double({ min: 1.0001, max: 100, noNaN: true }), { maxLength: 200 })
  .map((ratios) => ratios.toSorted((a, b) => a - b));

describe('surprisesOf', () => {
  it('names each new largest need as a multiple of the largest before', () => {
    expect(surprisesOf(observations([100, 100, 150, 120, 300]), 2)).toEqual([1.5, 2]);
  });

  it('does not count the first attempts, which can only be larger than little', () => {
    expect(surprisesOf(observations([100, 150, 300]), 5)).toEqual([]);
  });

  it('lets no step speak for all: of a step that grows all the time it keeps the newest 10', () => {
    const growing = Array.from({ length: 100 }, (_, i) => 1.1 ** i);
    expect(surprisesOf(observations(growing), 5)).toHaveLength(10);
  });

  it('counts a kill as going at least as far as is assumed of it', () => {
    const lastly = killed(1000, { startedAtMs: Date.UTC(2026, 11, 24) });
    const history = observeMemory([...attemptsWithPeaks([1000, 1000]), lastly]);
    expect(surprisesOf(history, 2)).toEqual([1.2]);
  });
});

describe('surpriseShare', () => {
  it('is Clopper–Pearson on how many went further', () => {
    const ratios = [1.01, 1.02, 1.5, 4];
    expect(surpriseShare(ratios, 1.2, BOUND)).toBe(failureUpperBound(2, 4, 0.95));
  });

  it('thins out beyond the furthest as is supposed', () => {
    expect(surpriseShare([1.5, 2], 4, BOUND)).toBe(failureUpperBound(0, 2, 0.95) / 4);
  });
});

describe('exceedance with a project’s surprises', () => {
  const mild = Array.from({ length: 300 }, (_, i) => 1.01 + i / 10_000);

  it('needs less headroom where needs have never gone far beyond the largest', () => {
    const past = observations(Array<number>(20).fill(1000));
    const supposed = exceedance(past, SUPPOSED).provenMiB();
    const learnt = exceedance(past, { ...SUPPOSED, surprises: mild }).provenMiB();
    // 1 − 0.05^(1/20) = 0.139: √13.9 = 3.73 times; the largest surprise was 4 %
    expect(supposed).toBeCloseTo(3730, -2);
    expect(learnt).toBeLessThan(1200);
    expect(learnt).toBeGreaterThan(1000);
  });

  it('keeps to what is supposed with fewer surprises than it takes', () => {
    const past = observations([1000, 1000]);
    const few = mild.slice(0, MIN_SURPRISES - 1);
    expect(exceedance(past, { ...SUPPOSED, surprises: few }).provenMiB()).toBe(
      exceedance(past, SUPPOSED).provenMiB(),
    );
  });

  it('never rises with memory, and proves what it calls proven', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
        arbitraryRatios,
        fc.double({ min: 1, max: 100, noNaN: true }),
        (needs, surprises, factor) => {
          const known = exceedance(observations(needs), { ...SUPPOSED, surprises });
          const provenMiB = known.provenMiB();
          expect(known.at(provenMiB).upperBound).toBeLessThanOrEqual(0.01 * (1 + 1e-9));
          expect(known.at(provenMiB * factor).upperBound).toBeLessThanOrEqual(
            known.at(provenMiB).upperBound,
          );
        },
      ),
    );
  });
});
