import { runBestConstant, tallyBestConstant } from '@stepfit/tuner/compare/best-constant';
import { DECLARED, PEERS, shadowContender } from '@stepfit/tuner/compare/contenders';
import type { TraceTask } from '@stepfit/tuner/compare/sizer';
import { sumTallies, wasteGibHours } from '@stepfit/tuner/compare/tally';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryTrace, tasksNeeding } from './traces.ts';

function allocationsOf(name: string, tasks: readonly TraceTask[]): number[] {
  const contender = [DECLARED, ...PEERS].find((one) => one.name === name);
  const given: number[] = [];
  contender?.run('online', tasks, { onSized: (_task, allocatedMiB) => given.push(allocatedMiB) });
  return given;
}

describe('the peers', () => {
  it('start from what was declared, then go their own way', () => {
    const tasks = tasksNeeding([1000, 2000, 500, 500]);

    expect(allocationsOf('declared', tasks)).toEqual([4000, 4000, 4000, 4000]);
    expect(allocationsOf('max-margin', tasks)).toEqual([4000, 1150, 2300, 2300]);
    expect(allocationsOf('min-waste', tasks)).toEqual([4000, 1000, 2000, 1000]);
    const [first, ...others] = allocationsOf('percentile', tasks);
    expect(first).toBe(4000);
    for (const allocatedMiB of others) {
      expect(allocatedMiB).toBeGreaterThan(1000 * 1.15);
      expect(allocatedMiB).toBeLessThan(2000 * 1.15 * 1.06);
    }
  });

  it('retry as their sources do', () => {
    const failures = PEERS.map(({ name, run }) => {
      const tally = sumTallies(run('online', tasksNeeding([100, 1000]), {}).values());
      return [name, tally.failures];
    });

    // From 115 MiB and from 100 by doubling; from about 120 by the larger of 20 % and 100 MB.
    expect(failures).toEqual([
      ['max-margin', 4],
      ['percentile', 8],
      ['min-waste', 4],
    ]);
  });
});

describe('the best constant', () => {
  it('is the cheapest of all values, those above it repeated at the maximum', () => {
    const needs = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(needs, (needsMiB) => {
        const max = Math.max(...needsMiB);
        const costs = needsMiB.map((value) =>
          needsMiB.reduce(
            (sum, need) => sum + (need <= value ? value - need : value + max - need),
            0,
          ),
        );

        const tally = tallyBestConstant(tasksNeeding(needsMiB));

        expect(wasteGibHours(tally) * 1024).toBeCloseTo(Math.min(...costs), 6);
      }),
    );
  });

  it('is chosen over the tasks that the protocol sizes', () => {
    const tasks = tasksNeeding(Array.from({ length: 10 }, () => 500));

    expect(sumTallies(runBestConstant('paper', tasks).values()).tasks).toBe(7);
    expect(sumTallies(runBestConstant('online', tasks).values()).tasks).toBe(10);
  });
});

describe('the shadow method in a comparison', () => {
  it('follows a need that its feature explains, where a constant cannot', () => {
    const tasks = Array.from({ length: 60 }, (_, index): TraceTask => {
      const input = 1 + ((index * 37) % 50);
      const [task] = tasksNeeding([100 + 80 * input]) as [TraceTask];
      const submittedAtMs = index * 3_600_000;
      const launch = { ...task.launch, index, submittedAtMs, features: { input } };
      return { ...task, launch, completedAtMs: submittedAtMs + 3_600_000 };
    });

    const shadow = sumTallies(shadowContender().run('online', tasks, {}).values());
    const constant = sumTallies(runBestConstant('online', tasks).values());

    expect(wasteGibHours(shadow)).toBeLessThan(wasteGibHours(constant) / 2);
  });

  it('gives finite amounts on any trace', () => {
    fc.assert(
      fc.property(arbitraryTrace, (trace) => {
        shadowContender().run('async', trace, {
          onSized: (_task, allocatedMiB) => {
            expect(Number.isFinite(allocatedMiB)).toBe(true);
            expect(allocatedMiB).toBeGreaterThanOrEqual(0);
          },
        });
      }),
      { numRuns: 50 },
    );
  });
});
