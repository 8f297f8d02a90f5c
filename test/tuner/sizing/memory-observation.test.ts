import { assumedNeed, observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryHistory, attempt, HOUR_MS, killed } from '../support/attempts.ts';

describe('observeMemory', () => {
  it('takes the peak of an attempt that succeeded as the exact need', () => {
    expect(observeMemory([attempt({ peakMemoryMiB: 700 })])).toMatchObject([
      { needMiB: 700, knowledge: 'exact', wasKilled: false, durationHours: 1 },
    ]);
  });

  it('joins a killed attempt and the retry that used more: one need, seen once, paid once', () => {
    const first = killed(1000, { task: '7' });
    const retry = attempt({
      run: 'killed',
      task: '7',
      attempt: 1,
      startedAtMs: first.endedAtMs,
      durationMs: 2 * HOUR_MS,
      peakMemoryMiB: 1400,
      request: { memoryMiB: 2000 },
    });

    expect(observeMemory([retry, first])).toMatchObject([
      {
        attempt: 1,
        needMiB: 1400,
        knowledge: 'exact',
        wasKilled: true,
        requestMiB: 16_000,
        startedAtMs: first.startedAtMs,
        durationHours: 2,
      },
    ]);
  });

  it('keeps a kill open when the retry used no more than the killed attempt', () => {
    const retry = attempt({ run: 'killed', attempt: 1, peakMemoryMiB: 900 });

    const found = observeMemory([killed(1000), retry]);

    expect(found.map(({ knowledge, needMiB }) => [knowledge, needMiB])).toEqual([
      ['exact', 900],
      ['above', 1200],
    ]);
  });

  it('assumes at least 20 % and at least 100 MiB more than a killed attempt had', () => {
    // max(300 × 1.2, 300 + 100) = 400; max(1000 × 1.2, 1100) = 1200
    expect(assumedNeed(300)).toBe(400);
    expect(assumedNeed(1000)).toBe(1200);
  });

  it('bounds a killed attempt by what it was held to, where samples missed the last moment', () => {
    expect(observeMemory([killed(1000, { peakMemoryMiB: 640 })])).toMatchObject([
      { seenMiB: 1000, needMiB: 1200, knowledge: 'above' },
    ]);
  });

  it('takes attempts that ended early as lower bounds, and unmeasured and cached ones not at all', () => {
    const { peakMemoryMiB: _, ...unmeasured } = attempt({ run: '3' });
    const history = [
      attempt({ run: '1', outcome: 'failed', peakMemoryMiB: 50 }),
      attempt({ run: '2', outcome: 'cached' }),
      unmeasured,
    ];

    expect(observeMemory(history)).toMatchObject([{ run: '1', knowledge: 'at-least' }]);
  });

  it('does not depend on the order in which attempts were read', () => {
    fc.assert(
      fc.property(arbitraryHistory, fc.func(fc.integer()), (history, shuffleKey) => {
        const shuffled = history.toSorted((a, b) => shuffleKey(a.task) - shuffleKey(b.task));
        expect(observeMemory(shuffled)).toEqual(observeMemory(history));
      }),
    );
  });
});
