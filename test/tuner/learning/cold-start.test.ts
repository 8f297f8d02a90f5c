import { coldStart, needRatios } from '@stepfit/tuner/learning/cold-start';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { attemptsWithPeaks, killed } from '../support/attempts.ts';
import { draw, seededRandom } from '../support/random.ts';

const RISK = { riskRatio: 0.01, confidence: 0.95 };

describe('coldStart', () => {
  it('keeps what was declared while there are too few steps, and says how many are missing', () => {
    expect(coldStart([], RISK)).toEqual({
      steps: 0,
      failures: 0,
      largestRatio: 0,
      ratio: 1,
      upperBound: 1,
      stepsMissing: 299,
    });
    expect(
      coldStart(
        draw(40, () => 0.1),
        RISK,
      ),
    ).toMatchObject({ ratio: 1, stepsMissing: 259 });
  });

  it('allows the largest ratio of 299 steps, and no less', () => {
    const ratios = draw(299, (index) => (index + 1) / 400);
    expect(coldStart(ratios.slice(1), RISK)).toMatchObject({ ratio: 1, stepsMissing: 1 });
    expect(coldStart(ratios, RISK)).toMatchObject({ ratio: 299 / 400, failures: 0 });
  });

  it('leaves a step aside once there are enough others to prove the rest', () => {
    // One failure in 473 has an upper bound of just under 1 % at 95 %.
    const ratios = [5, ...draw(472, () => 0.2)];
    expect(coldStart(ratios, RISK)).toMatchObject({ ratio: 0.2, failures: 1, stepsMissing: 0 });
    expect(coldStart(ratios.slice(0, 472), RISK)).toMatchObject({ ratio: 1, failures: 0 });
  });

  it('never allows more than was declared', () => {
    expect(
      coldStart(
        draw(300, () => 3),
        RISK,
      ).ratio,
    ).toBe(1);
  });

  it('fails a new step no more often than the risk, at its confidence', () => {
    const random = seededRandom(21);
    // Ratios are uniform, so the share of new steps that need more than `ratio` is 1 − ratio.
    const broken = draw(400, () => coldStart(draw(400, random), RISK)).filter(
      ({ ratio }) => 1 - ratio > RISK.riskRatio,
    );
    expect(broken.length / 400).toBeLessThanOrEqual(0.05);
  });

  it('does not allow less when a step turns out to need more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 299, maxLength: 320 }),
        fc.nat(298),
        fc.double({ min: 0, max: 2, noNaN: true }),
        (ratios, at, more) => {
          const raised = ratios.map((ratio, index) => (index === at ? ratio + more : ratio));
          expect(coldStart(raised, RISK).ratio).toBeGreaterThanOrEqual(
            coldStart(ratios, RISK).ratio,
          );
        },
      ),
    );
  });
});

describe('needRatios', () => {
  const used = attemptsWithPeaks([900, 1000, 800, 950, 1600]);

  it('is the largest need over the most that was asked for', () => {
    // 1600 of 16000 MiB, and one of eight cores
    expect(needRatios(used, 5)).toEqual({ memory: 0.1, cores: 0.125 });
    const fitted = used.map((usage, index) =>
      index < 2 ? usage : { ...usage, request: { cpuCores: 1, memoryMiB: 2000 } },
    );
    expect(needRatios(fitted, 5)).toEqual({ memory: 0.1, cores: 0.125 });
  });

  it('counts what a killed attempt must have needed', () => {
    // 16000 × 1.2
    expect(needRatios([...used, killed(16_000)], 5).memory).toBe(1.2);
  });

  it('is not known of a step that ran too seldom, or that asked for nothing', () => {
    expect(needRatios(used, 6)).toEqual({});
    expect(
      needRatios(
        used.map((usage) => ({ ...usage, request: {} })),
        5,
      ),
    ).toEqual({});
    expect(needRatios([], 0)).toEqual({});
  });
});
