import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import { minWaste } from '@stepfit/tuner/sizing/strategies/min-waste';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { attempt, HOUR_MS, killed, observations } from '../../support/attempts.ts';
import { estimateFrom } from '../../support/estimate.ts';

const NOW = { startsAtMs: 0, features: {} };

function first(needsMiB: readonly number[]): number | undefined {
  return estimateFrom(minWaste, observations(needsMiB), NOW, DEFAULT_POLICY)?.firstMiB;
}

describe('min-waste', () => {
  it('asks for little first where large needs are rare', () => {
    // an hour each, so a·Στ + a_m·Σ_{r>a} τ: 100·4 + 1000·1 = 1400 against 1000·4 = 4000
    expect(first([100, 100, 1000, 100])).toBe(100);
  });

  it('asks for the largest need where the others are nearly as large', () => {
    // 900·4 + 1000·1 = 4600 against 1000·4 = 4000
    expect(first([900, 900, 900, 1000])).toBe(1000);
  });

  it('weighs attempts by how long they run', () => {
    // 500·(1 + 3) + 1000·3 = 5000 against 1000·4 = 4000: the long one decides
    const longLarge = observeMemory([
      attempt({ run: '1', peakMemoryMiB: 500 }),
      attempt({ run: '2', peakMemoryMiB: 1000, durationMs: 3 * HOUR_MS }),
    ]);
    expect(estimateFrom(minWaste, longLarge, NOW, DEFAULT_POLICY)?.firstMiB).toBe(1000);
    // 500·(3 + 1) + 1000·1 = 3000 against 4000
    const longSmall = observeMemory([
      attempt({ run: '1', peakMemoryMiB: 500, durationMs: 3 * HOUR_MS }),
      attempt({ run: '2', peakMemoryMiB: 1000 }),
    ]);
    expect(estimateFrom(minWaste, longSmall, NOW, DEFAULT_POLICY)?.firstMiB).toBe(500);
  });

  it('asks for the largest need where running times are all zero', () => {
    const instant = observeMemory([
      attempt({ run: '1', peakMemoryMiB: 500, durationMs: 0 }),
      attempt({ run: '2', peakMemoryMiB: 1000, durationMs: 0 }),
    ]);
    expect(estimateFrom(minWaste, instant, NOW, DEFAULT_POLICY)?.firstMiB).toBe(1000);
  });

  it('is raised to what a killed attempt is assumed to need', () => {
    const past = observeMemory([attempt({ peakMemoryMiB: 500 }), killed(1000)]);
    expect(estimateFrom(minWaste, past, NOW, DEFAULT_POLICY)?.firstMiB).toBe(1200);
  });

  it('finds the minimum that trying every value by the formula finds', () => {
    const needs = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(needs, (needsMiB) => {
        const largest = Math.max(...needsMiB);
        const costs = needsMiB.map(
          (a) => a * needsMiB.length + largest * needsMiB.filter((need) => need > a).length,
        );
        const value = first(needsMiB) ?? 0;
        expect(costs[needsMiB.indexOf(value)]).toBe(Math.min(...costs));
      }),
    );
  });
});
