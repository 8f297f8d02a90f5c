import { conformalFactor } from '@stepfit/tuner/replay/conformal-factor';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { observations } from '../support/attempts.ts';

const BUDGET = { riskRatio: 0.01, confidence: 0.95, tailIndex: 2, noRetry: false };

/** Tasks that needed these, each after the rule had asked for `firstMiB(need)`. */
function asked(needsMiB: readonly number[], firstMiB: (needMiB: number) => number) {
  return observations(needsMiB).map((observation) => ({
    observation,
    firstMiB: firstMiB(observation.needMiB),
  }));
}

describe('conformalFactor', () => {
  it('leaves a rule alone that was always enough, often enough', () => {
    const needs = Array.from({ length: 299 }, (_, i) => 100 + i);
    expect(
      conformalFactor(
        asked(needs, (need) => need * 1.01),
        BUDGET,
      ).factor,
    ).toBe(1);
  });

  it('takes back what a rule that asked for too little was short of', () => {
    const needs = Array.from({ length: 299 }, (_, i) => 100 + i);
    const { factor, bound } = conformalFactor(
      asked(needs, (need) => need / 1.5),
      BUDGET,
    );
    expect(factor).toBeCloseTo(1.5);
    expect(bound.failures).toBe(0);
  });

  it('does not depend on the size of the tasks, only on how far off the rule was', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            need: fc.double({ min: 1, max: 1e6, noNaN: true }),
            score: fc.double({ min: 0.1, max: 10, noNaN: true }),
            factor: fc.constantFrom(0.25, 1, 64),
          }),
          { minLength: 1, maxLength: 50 },
        ),
        (tasks) => {
          const plain = observations(tasks.map(({ need }) => need)).map((observation, i) => ({
            observation,
            firstMiB: observation.needMiB / (tasks[i]?.score ?? 1),
          }));
          const scaled = plain.map(({ observation, firstMiB }, i) => ({
            observation: { ...observation, needMiB: observation.needMiB * (tasks[i]?.factor ?? 1) },
            firstMiB: firstMiB * (tasks[i]?.factor ?? 1),
          }));
          expect(conformalFactor(scaled, BUDGET)).toEqual(conformalFactor(plain, BUDGET));
        },
      ),
    );
  });

  it('is within the budget on fresh tasks of the same kind, more often than the confidence says', () => {
    // Scores are uniform on 0 to 1, so a factor c fails a share 1 − c of what is to come.
    const budget = { ...BUDGET, riskRatio: 0.1 };
    let kept = 0;
    fc.sample(
      fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true, noDefaultInfinity: true }), {
        minLength: 60,
        maxLength: 60,
      }),
      { numRuns: 200, seed: 3 },
    ).forEach((scores) => {
      const { factor } = conformalFactor(
        asked(scores, () => 0.5),
        budget,
      );
      if (1 - factor * 0.5 <= 0.1) kept += 1;
    });
    expect(kept / 200).toBeGreaterThanOrEqual(0.95);
  });
});
