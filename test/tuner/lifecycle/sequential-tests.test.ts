import {
  ALARM_WEALTH,
  attemptsToRuleOut,
  wealthAgainstFewFailures,
  wealthAgainstManyFailures,
  wealthAgainstNotSlower,
} from '@stepfit/tuner/lifecycle/sequential-tests';
import { attemptsWatched } from '@stepfit/tuner/lifecycle/watch';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { seededRandom } from '../support/random.ts';

const LIVES = 2000;
const ATTEMPTS = 400;

/** Of lives in which each attempt is bad with this chance, the share in which the alarm ever rises. */
function everAlarmed(chance: number, wealth: (bad: number, attempts: number) => number): number {
  const random = seededRandom(7);
  let alarmed = 0;
  for (let life = 0; life < LIVES; life += 1) {
    let bad = 0;
    for (let attempts = 1; attempts <= ATTEMPTS; attempts += 1) {
      if (random() < chance) bad += 1;
      if (wealth(bad, attempts) < ALARM_WEALTH) continue;
      alarmed += 1;
      break;
    }
  }
  return alarmed / LIVES;
}

describe('tests that may be looked at after every attempt', () => {
  it.each([0.01, 0.05, 0.2])('seldom say that more than %f fail where just as many do', (ratio) => {
    const alarmed = everAlarmed(ratio, (bad, attempts) =>
      wealthAgainstFewFailures(bad, attempts, ratio),
    );
    expect(alarmed).toBeLessThan(1 / ALARM_WEALTH);
  });

  it('seldom say that pairs are slower where it is a toss of a coin', () => {
    expect(everAlarmed(0.5, wealthAgainstNotSlower)).toBeLessThan(1 / ALARM_WEALTH);
  });

  it('seldom rule out a share of failures that is the truth', () => {
    const shares = { ratio: 0.2, expected: 0.01 };
    const ruledOut = everAlarmed(0.2, (bad, attempts) =>
      wealthAgainstManyFailures(bad, attempts, shares),
    );
    expect(ruledOut).toBeLessThan(1 / ALARM_WEALTH);
  });

  it('are certain at once where the first attempt fails at 1 %, and soon where all pairs are slower', () => {
    expect(wealthAgainstFewFailures(1, 1, 0.01)).toBeGreaterThanOrEqual(ALARM_WEALTH);
    expect(wealthAgainstFewFailures(1, 30, 0.01)).toBeLessThan(ALARM_WEALTH);
    expect(wealthAgainstNotSlower(5, 5)).toBeLessThan(ALARM_WEALTH);
    expect(wealthAgainstNotSlower(6, 6)).toBeGreaterThanOrEqual(ALARM_WEALTH);
  });

  it('need as many attempts without a failure as the documents say', () => {
    expect(attemptsToRuleOut(0.2, 0.01)).toBe(15);
    expect(attemptsWatched(0.01)).toEqual({ canary: 15, verified: 73 });
    expect(attemptsWatched(0.05)).toEqual({ canary: 18, verified: 13 });
  });

  it('never lose their head over numbers', () => {
    const counts = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(
        counts,
        counts,
        fc.double({ min: 1e-4, max: 0.999, noNaN: true }),
        (a, b, ratio) => {
          const [bad, attempts] = a < b ? [a, b] : [b, a];
          for (const wealth of [
            wealthAgainstFewFailures(bad, attempts, ratio),
            wealthAgainstNotSlower(bad, attempts),
          ]) {
            expect(wealth).not.toBeNaN();
            expect(wealth).toBeGreaterThanOrEqual(0);
          }
          const fewer = wealthAgainstFewFailures(Math.max(0, bad - 1), attempts, ratio);
          expect(wealthAgainstFewFailures(bad, attempts, ratio)).toBeGreaterThanOrEqual(fewer);
        },
      ),
    );
  });
});
