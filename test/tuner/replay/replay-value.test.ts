import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { replayValue } from '@stepfit/tuner/replay/replay-value';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryHistory, observations } from '../support/attempts.ts';

const PRICES = { ...EXAMPLE_PRICES, memoryGibHourUsd: 0.01 };

describe('replayValue', () => {
  it('pays what is asked for, and wastes what is beyond the need', () => {
    // three hours of 2 GiB = 6 GiB-h; needed 1 + 1.5 + 2 = 4.5
    const replay = replayValue(
      observations([1024, 1536, 2048]),
      { firstMiB: 2048, secondMiB: 3072, lastMiB: 4096 },
      'suggested',
      PRICES,
    );

    expect(replay).toEqual({
      kind: 'value',
      label: 'suggested',
      memoryMiB: 2048,
      attempts: 3,
      failures: 0,
      worst: [],
      paidGibHours: 6,
      wastedGibHours: 1.5,
      retryHours: 0,
      costUsd: 0.06,
    });
  });

  it('charges a failed attempt in full and repeats it with the next value of the plan', () => {
    // need 1.5 GiB: 1 (failed) + 2 = 3 GiB-h, one hour added
    // need 5 GiB: 1 + 2 + 4 (failed) + 5, raised to the need: 12 GiB-h, three hours added
    const replay = replayValue(
      observations([1536, 5120, 1024]),
      { firstMiB: 1024, secondMiB: 2048, lastMiB: 4096 },
      'neighbour',
      PRICES,
    );

    expect(replay.failures).toBe(2);
    expect(replay.paidGibHours).toBeCloseTo(3 + 12 + 1);
    expect(replay.wastedGibHours).toBeCloseTo(16 - 7.5);
    expect(replay.retryHours).toBe(4);
    expect(replay.worst.map((named) => [named.run, named.peakMemoryMiB])).toEqual([
      ['2', 5120],
      ['1', 1536],
    ]);
  });

  it('names no more than the five worst', () => {
    const replay = replayValue(
      observations([10, 20, 30, 40, 50, 60, 70]),
      { firstMiB: 1, secondMiB: 1, lastMiB: 100 },
      'neighbour',
      PRICES,
    );
    expect(replay.worst.map((named) => named.peakMemoryMiB)).toEqual([70, 60, 50, 40, 30]);
  });

  it('never has more failures with more memory, and never a number that is not one', () => {
    const amounts = fc.tuple(
      fc.double({ min: 1, max: 1e6, noNaN: true }),
      fc.double({ min: 1, max: 4, noNaN: true }),
    );
    fc.assert(
      fc.property(arbitraryHistory, amounts, (history, [memoryMiB, factor]) => {
        const past = observeMemory(history);
        const less = replayValue(past, plan(memoryMiB), 'less', PRICES);
        const more = replayValue(past, plan(memoryMiB * factor), 'more', PRICES);
        expect(more.failures).toBeLessThanOrEqual(less.failures);
        expect(more.retryHours).toBeLessThanOrEqual(less.retryHours);
        for (const value of [
          less.paidGibHours,
          less.wastedGibHours,
          less.retryHours,
          less.costUsd,
        ]) {
          expect(Number.isFinite(value)).toBe(true);
          expect(value).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

function plan(firstMiB: number): Parameters<typeof replayValue>[1] {
  return { firstMiB, secondMiB: firstMiB * 1.5, lastMiB: firstMiB * 2 };
}
