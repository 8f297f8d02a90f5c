import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import type { Verdict } from '@stepfit/tuner/model/suggestion';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import { describe, expect, it } from 'vitest';

import { attemptsWithPeaks, killed } from '../support/attempts.ts';

function decide(history: readonly AttemptUsage[]): Verdict {
  return decideStep({
    flow: 'Train',
    step: 'fit',
    history,
    policy: DEFAULT_POLICY,
    prices: EXAMPLE_PRICES,
  });
}

function suggestion(verdict: Verdict): Extract<Verdict, { kind: 'suggest' }> {
  if (verdict.kind !== 'suggest') throw new Error(`${verdict.code}: ${verdict.detail}`);
  return verdict;
}

/** Ten runs that used about 1000 of 16000 MiB, and one of eight cores. */
const OVERSIZED = attemptsWithPeaks([900, 950, 1000, 980, 940, 960, 970, 990, 930, 920]);

describe('the proof of a smaller value', () => {
  it('is a bound within the policy’s risk: few attempts leave more headroom than many', () => {
    const few = suggestion(decide(OVERSIZED));
    // 1 − 0.05^(1/10) = 0.2589 above the largest of 10; 1000 × √(0.2589 / 0.01) = 5088, on the grid 5120
    expect(few.suggested.memoryMiB).toBe(5120);
    expect(few.reasons[0]).toBe(
      'Memory 5 GiB instead of 15.6 GiB: raised from 1019 MiB, until 10 attempts prove that at most ' +
        '1 % of the next will fail (95 % sure).',
    );
    expect(few.evidence.memoryBound).toMatchObject({
      failures: 0,
      attempts: 10,
      tailIndex: 2,
      attemptsNeeded: 299,
    });
    expect(few.evidence.memoryBound?.upperBound).toBeCloseTo(0.2589 * (1000 / 5120) ** 2, 4);
    const many = attemptsWithPeaks(Array.from({ length: 300 }, (_, i) => 900 + ((i * 37) % 101)));
    expect(suggestion(decide(many)).suggested.memoryMiB).toBe(1024);
  });

  it('names what it supposes', () => {
    expect(suggestion(decide(OVERSIZED)).evidence.notes[0]).toBe(
      '0 of 10 would have failed; that proves at most 26 % at 95 % confidence. That at most 1 % of the next ' +
        'will fail supposes that of attempts above the largest need seen, at most one in c^2 needs c times ' +
        'it. Without that, 299 failure-free attempts prove 1 %.',
    );
  });

  it('is missing where it would leave nothing to take away: how many attempts, it says', () => {
    const verdict = decide(
      OVERSIZED.map((usage) => ({ ...usage, request: { cpuCores: 1, memoryMiB: 4096 } })),
    );
    expect(verdict).toHaveProperty('code', 'unproven');
    // at 3584 MiB, the largest size worth a change: 1 − 0.05^(1/n) ≤ 0.01 × 3.584² from n = 22 on
    expect(verdict.kind === 'skip' && verdict.detail).toContain(
      '1 GiB would do for 10 of 10 attempts, but that proves only that at most 25 % of the next will fail ' +
        '(95 % sure), and the policy accepts 1 %; 12 more attempts without a failure would prove a smaller value',
    );
  });

  it('does not keep a step that ran out of memory waiting', () => {
    const asked = { cpuCores: 1, memoryMiB: 2000 };
    const history = [...OVERSIZED.slice(0, 3), killed(2000, { request: asked })].map((usage) => ({
      ...usage,
      declared: asked,
      request: asked,
    }));
    // 2000 × 1.2, on the grid
    expect(suggestion(decide(history)).suggested.memoryMiB).toBe(2432);
  });
});
