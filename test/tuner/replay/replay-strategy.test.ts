import type { MemoryReplay } from '@stepfit/tuner/model/evidence';
import { DEFAULT_POLICY, STRATEGIES } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { replayStrategy } from '@stepfit/tuner/replay/replay-strategy';
import { type MemoryObservation, observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import { MEMORY_STRATEGIES } from '@stepfit/tuner/sizing/strategies/all';
import { maxMargin } from '@stepfit/tuner/sizing/strategies/max-margin';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryHistory, attempt, HOUR_MS, observations } from '../support/attempts.ts';

const GRID = { floor: 1, cap: 1_048_576, step: 1 };

function replay(
  past: readonly MemoryObservation[],
  overrides: Partial<Parameters<typeof replayStrategy>[0]> = {},
): MemoryReplay {
  return replayStrategy({
    strategy: maxMargin,
    context: DEFAULT_POLICY,
    byFeatures: false,
    observations: past,
    declaredMiB: 10_240,
    minAttempts: 1,
    grid: GRID,
    prices: EXAMPLE_PRICES,
    ...overrides,
  }).row;
}

describe('replayStrategy', () => {
  it('asks afresh before each task, knowing only those that had ended', () => {
    const past = observeMemory([
      attempt({ run: '1', startedAtMs: 0, peakMemoryMiB: 1000, request: { memoryMiB: 4096 } }),
      // while the first was still running: as declared
      attempt({ run: '2', startedAtMs: 1, peakMemoryMiB: 1000, request: { memoryMiB: 4096 } }),
      // after both: 1000 × 1.15 = 1150, enough for 1100
      attempt({ run: '3', startedAtMs: 2 * HOUR_MS, peakMemoryMiB: 1100 }),
      // 1100 × 1.15 = 1265 is not enough for 2000; retried with twice as much, the cheapest up to 4096
      attempt({
        run: '4',
        startedAtMs: 4 * HOUR_MS,
        peakMemoryMiB: 2000,
        request: { memoryMiB: 4096 },
      }),
    ]);

    const found = replay(past);

    expect(found.failures).toBe(1);
    expect(found.worst.map((named) => named.run)).toEqual(['4']);
    expect(found.paidGibHours).toBeCloseTo((4096 + 4096 + 1150 + 1265 + 2530) / 1024);
    expect(found.retryHours).toBe(1);
    // now: 2000 × 1.15
    expect(found.memoryMiB).toBe(2300);
  });

  it('asks for what was declared until enough has been seen', () => {
    // 2 × 16000 as declared, then 1000 × 1.15
    const found = replay(observations([1000, 1000, 1000]), { minAttempts: 2 });
    expect(found.paidGibHours).toBeCloseTo((16_000 + 16_000 + 1150) / 1024);
  });

  it('does not let a task that took no time learn from itself', () => {
    const instant = observeMemory([attempt({ durationMs: 0, peakMemoryMiB: 20_000 })]);
    expect(replay(instant, { minAttempts: 0 }).failures).toBe(1);
  });

  it.each(STRATEGIES)('%s: equal-time attempts in another order change nothing', (name) => {
    fc.assert(
      fc.property(arbitraryHistory, fc.func(fc.integer()), (history, shuffleKey) => {
        const coarse = history.map((usage) => ({
          ...usage,
          startedAtMs: Math.floor(usage.startedAtMs / HOUR_MS) * HOUR_MS,
          endedAtMs: (Math.floor(usage.startedAtMs / HOUR_MS) + 1) * HOUR_MS,
        }));
        const shuffled = coarse.toSorted((a, b) => shuffleKey(a.task) - shuffleKey(b.task));
        const strategy = MEMORY_STRATEGIES[name];
        expect(replay(observeMemory(shuffled), { strategy })).toEqual(
          replay(observeMemory(coarse), { strategy }),
        );
      }),
    );
  });

  it('leaves what was paid for earlier tasks alone when a later one is added', () => {
    const needs = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(needs, (needsMiB) => {
        const before = replay(observations(needsMiB)).paidGibHours;
        const after = replay(observations([...needsMiB, 1])).paidGibHours;
        // the added hour is asked for what the largest need before it gives
        expect((after - before) * 1024).toBeCloseTo(Math.ceil(Math.max(...needsMiB) * 1.15 - 1e-6));
      }),
    );
  });
});
