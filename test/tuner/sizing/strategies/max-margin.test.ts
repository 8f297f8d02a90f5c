import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import { maxMargin } from '@stepfit/tuner/sizing/strategies/max-margin';
import { describe, expect, it } from 'vitest';

import { attempt, killed, observations } from '../../support/attempts.ts';
import { estimateFrom } from '../../support/estimate.ts';

const NOW = { startsAtMs: 0, features: {} };

describe('max-margin', () => {
  it('asks for the largest need plus 15 %', () => {
    // max(100, 300, 200) × 1.15 = 345
    expect(estimateFrom(maxMargin, observations([100, 300, 200]), NOW, DEFAULT_POLICY)).toEqual({
      firstMiB: 345,
      words: 'the largest need of 3 attempts, 300 MiB, plus 15 %',
    });
  });

  it('asks for more than a killed attempt had: its bump, without the margin on top', () => {
    // open kill at 1000: max(1000 × 1.2, 1000 + 100) = 1200 > 300 × 1.15 = 345
    const past = observeMemory([attempt({ peakMemoryMiB: 300 }), killed(1000)]);
    expect(estimateFrom(maxMargin, past, NOW, DEFAULT_POLICY)?.firstMiB).toBe(1200);
  });

  it('counts what an attempt used before it failed for another reason', () => {
    // max(1000, 5000) × 1.15 = 5750
    const past = observeMemory([
      attempt(),
      attempt({ run: '2', outcome: 'failed', peakMemoryMiB: 5000 }),
    ]);
    expect(estimateFrom(maxMargin, past, NOW, DEFAULT_POLICY)?.firstMiB).toBeCloseTo(5750);
  });

  it('says nothing before it has seen anything', () => {
    expect(estimateFrom(maxMargin, [], NOW, DEFAULT_POLICY)).toBeUndefined();
  });
});
