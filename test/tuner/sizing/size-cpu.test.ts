import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { observeCpu } from '@stepfit/tuner/sizing/cpu-usage';
import { type CpuInput, sizeCpu } from '@stepfit/tuner/sizing/size-cpu';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryHistory, attempt } from '../support/attempts.ts';

const GRID = { floor: 1, cap: 1024, step: 1 };

function size(
  profile: NonNullable<AttemptUsage['cpuProfile']>,
  overrides: Partial<CpuInput> = {},
  hostCpuCores = 64,
): ReturnType<typeof sizeCpu> {
  return sizeCpu({
    ...input(),
    usages: observeCpu([attempt({ cpuProfile: profile, hostCpuCores })]),
    ...overrides,
  });
}

/** A step that asks for 8 cores and 4 GiB. */
function input(): Omit<CpuInput, 'usages'> {
  return {
    currentCores: 8,
    memoryMiB: 4096,
    policy: DEFAULT_POLICY,
    grid: GRID,
    prices: EXAMPLE_PRICES,
  };
}

describe('sizeCpu', () => {
  it('finds the serial step and says so', () => {
    const sized = size({ cores: [0.3, 1], seconds: [600, 3000] });

    expect(sized).toMatchObject({ cpuCores: 1, isChanged: true });
    expect(sized.words).toBe(
      'it ran as a serial step, hardly ever with more than one core busy: 1 core would not have slowed ' +
        '1 attempt, the cheapest count within the 5 % that the policy allows',
    );
  });

  it('takes no more than the stretch that the policy allows', () => {
    // 10 % of the time on 4 cores: at 3 cores 0.9 + 0.1·4/3 = 1.033, at 2 cores 1.1
    const profile = { cores: [1, 4], seconds: [3240, 360] };
    expect(size(profile).cpuCores).toBe(3);
    expect(size(profile, { policy: { ...DEFAULT_POLICY, cpuStretchRatio: 0.1 } }).cpuCores).toBe(2);
    expect(size(profile, { policy: { ...DEFAULT_POLICY, cpuStretchRatio: 0 } }).cpuCores).toBe(4);
  });

  it('weighs cheaper cores against memory held for longer', () => {
    // at 3 cores 1.033 × (3 × 0.04048 + 1000 × 0.004445) is more than at 4 cores 1 × (4 × 0.04048 + …)
    const profile = { cores: [1, 4], seconds: [3240, 360] };
    expect(size(profile, { memoryMiB: 1000 * 1024 }).cpuCores).toBe(4);
  });

  it('takes nothing away where usage reached all cores the machine had', () => {
    const sized = size({ cores: [1, 2], seconds: [1800, 1800] }, {}, 2);

    expect(sized).toMatchObject({ cpuCores: 8, isChanged: false });
    expect(sized.words).toContain('usage reached all cores the machine had for 50 % of the time');
    expect(sized.curve.every((point) => point.isLowerBound)).toBe(true);
  });

  describe('where threads’ waiting for a core was measured', () => {
    it('sees a parallel step that other work made look serial', () => {
      // Two processes shared one core for an hour: 1 core used, 2 wanted.
      const sized = sizeCpu({
        ...input(),
        usages: observeCpu([
          attempt({
            cpuProfile: { cores: [1], seconds: [3600] },
            cpuWanted: { cores: [2], seconds: [3600] },
            cpuSeconds: 3600,
            cpuWaitSeconds: 3600,
          }),
        ]),
      });

      expect(sized.cpuCores).toBe(2);
      expect(sized.words).toContain('counting the 50 % of their time in which its threads waited');
    });

    it('knows the need of a step that used every core of the machine without waiting', () => {
      const sized = sizeCpu({
        ...input(),
        usages: observeCpu([
          attempt({
            cpuProfile: { cores: [2], seconds: [3600] },
            cpuWanted: { cores: [2], seconds: [3600] },
            cpuSeconds: 7200,
            cpuWaitSeconds: 0,
            hostCpuCores: 2,
          }),
        ]),
      });

      expect(sized).toMatchObject({ cpuCores: 2, isChanged: true });
      expect(sized.curve.every((point) => !point.isLowerBound)).toBe(true);
    });

    it('takes a thread pool’s wish for more than is asked for as no reason to add cores', () => {
      const sized = sizeCpu({
        ...input(),
        usages: observeCpu([
          attempt({
            cpuProfile: { cores: [4], seconds: [3600] },
            cpuWanted: { cores: [64], seconds: [3600] },
            cpuSeconds: 14_400,
            cpuWaitSeconds: 216_000,
          }),
        ]),
      });

      expect(sized).toMatchObject({ cpuCores: 8, isChanged: false });
    });

    it('asks for no fewer cores than without it', () => {
      fc.assert(
        fc.property(
          fc.double({ min: 0.1, max: 16, noNaN: true }),
          fc.double({ min: 0, max: 32, noNaN: true }),
          (used, waited) => {
            const cpuProfile = { cores: [used], seconds: [3600] };
            const cpuWanted = { cores: [used + waited], seconds: [3600] };
            const plain = sizeCpu({ ...input(), usages: observeCpu([attempt({ cpuProfile })]) });
            const wanted = sizeCpu({
              ...input(),
              usages: observeCpu([attempt({ cpuProfile, cpuWanted })]),
            });

            expect(wanted.cpuCores).toBeGreaterThanOrEqual(plain.cpuCores);
          },
        ),
      );
    });
  });

  it('adds cores where the step runs on more than it asks for', () => {
    const sized = size({ cores: [4], seconds: [3600] }, { currentCores: 1 });
    expect(sized).toMatchObject({ cpuCores: 4, isChanged: true });
  });

  it('does not add cores for the sake of the grid or the floor alone', () => {
    const sized = size({ cores: [0.4], seconds: [3600] }, { currentCores: 0.5 });
    expect(sized).toMatchObject({ cpuCores: 0.5, isChanged: false });
  });

  describe('the speed/cost curve', () => {
    it('has every count of the grid up to what is asked for', () => {
      const { curve } = size({ cores: [1, 4], seconds: [3240, 360] });

      expect(curve.map((point) => [point.label, point.cpuCores])).toEqual([
        ['neighbour', 1],
        ['neighbour', 2],
        ['suggested', 3],
        ['neighbour', 4],
        ['neighbour', 5],
        ['neighbour', 6],
        ['neighbour', 7],
        ['current', 8],
      ]);
      // 2 cores × 1 h × 1.1, and 4 GiB held as long
      expect(curve[1]?.paidCoreHours).toBeCloseTo(2.2);
      expect(curve[1]?.addedHours).toBeCloseTo(0.1);
      expect(curve[1]?.costUsd).toBeCloseTo((2 * 0.04048 + 4 * 0.004445) * 1.1);
    });

    it('counts the GPUs that are held as long as the memory', () => {
      const profile = { cores: [1, 4], seconds: [3240, 360] };
      const { curve, cpuCores } = size(profile, { gpuCount: 2 });

      expect(curve[1]?.costUsd).toBeCloseTo((2 * 0.04048 + 4 * 0.004445 + 2) * 1.1);
      // A GPU that waits for cores costs more than the core does.
      expect(cpuCores).toBe(4);
    });

    it('goes up to what is wanted, thinned to 16 points', () => {
      const { curve } = size({ cores: [90], seconds: [3600] }, { currentCores: 64 }, 96);
      const counts = curve.map((point) => point.cpuCores);

      expect(curve).toHaveLength(16);
      expect(counts).toEqual(counts.toSorted((a, b) => a - b));
      expect(counts).toEqual(expect.arrayContaining([1, 64, 90]));
    });

    it('has only the counts that the backend knows', () => {
      const grid = { ...GRID, floor: 0.25, counts: [0.25, 0.5, 1, 2, 4, 8, 16] };
      const { curve, cpuCores } = size({ cores: [1, 3], seconds: [1800, 1800] }, { grid });

      expect(cpuCores).toBe(4);
      expect(curve.map((point) => point.cpuCores)).toEqual([0.25, 0.5, 1, 2, 4, 8]);
    });

    it('is the closed form for random profiles: at least 1, less for more cores', () => {
      fc.assert(
        fc.property(arbitraryHistory, fc.integer({ min: 1, max: 96 }), (history, currentCores) => {
          const usages = observeCpu(history);
          fc.pre(usages.length > 0);
          const { curve } = size({ cores: [], seconds: [] }, { usages, currentCores });
          const levels = usages.flatMap((usage) => usage.levels);
          const seconds = levels.reduce((sum, level) => sum + level.seconds, 0);
          let previous = Number.POSITIVE_INFINITY;
          for (const { cpuCores, stretchRatio } of curve) {
            const stretched = levels.reduce(
              (sum, level) => sum + level.seconds * Math.max(1, level.cores / cpuCores),
              0,
            );
            expect(stretchRatio).toBeCloseTo(stretched / seconds);
            expect(stretchRatio).toBeGreaterThanOrEqual(1);
            expect(stretchRatio).toBeLessThanOrEqual(previous + 1e-9);
            previous = stretchRatio;
          }
        }),
      );
    });

    it('does not change when all times are twice as long', () => {
      fc.assert(
        fc.property(arbitraryHistory, (history) => {
          const usages = observeCpu(history);
          fc.pre(usages.length > 0);
          const slower = usages.map((usage) => ({
            ...usage,
            seconds: usage.seconds * 2,
            levels: usage.levels.map(({ cores, seconds }) => ({ cores, seconds: seconds * 2 })),
          }));
          const once = size({ cores: [], seconds: [] }, { usages });
          const twice = size({ cores: [], seconds: [] }, { usages: slower });
          expect(twice.cpuCores).toBe(once.cpuCores);
          expect(twice.words).toBe(once.words);
          for (const [index, point] of twice.curve.entries()) {
            expect(point.stretchRatio).toBeCloseTo(once.curve[index]?.stretchRatio ?? 0);
          }
        }),
      );
    });
  });

  describe('a step that is short of cores', () => {
    const limited = { request: { cpuCores: 8 }, qos: 'guaranteed', hostCpuCores: 64 };

    it('is told so where it waited, with what twice the cores would bring and cost', () => {
      // An hour on all 8 cores with 32 threads ready to run.
      const sized = sizeCpu({
        ...input(),
        usages: observeCpu([
          attempt({
            ...limited,
            cpuProfile: { cores: [8], seconds: [3600] },
            cpuWanted: { cores: [32], seconds: [3600] },
            cpuSeconds: 28_800,
            cpuWaitSeconds: 86_400,
          }),
        ]),
      });

      // 16 cores: 16 × 0.04048 + 4 × 0.004445 = 0.6655 for half an hour, against 0.3416 for an hour
      expect(sized.shortageWords).toBe(
        'It is short of cores: for 100 % of the time it used every core it had and wanted more. ' +
          'With 16 cores it would be 50 % shorter at best; a run would then cost $0.0089 less, ' +
          'and $0.32 more if it got no faster.',
      );
      expect(sized.isChanged).toBe(false);
      expect(sized.curve.at(-1)).toMatchObject({ cpuCores: 32, bestRatio: 0.25, stretchRatio: 1 });
    });

    it('is told what is not known where waiting was not measured', () => {
      const profile = { cores: [1, 8], seconds: [1800, 1800] };
      const usages = observeCpu([attempt({ ...limited, cpuProfile: profile })]);
      const sized = sizeCpu({ ...input(), usages });

      expect(sized.shortageWords).toContain('for 50 % of the time');
      expect(sized.shortageWords).toContain('how many more it wanted was not measured');
      expect(sized.shortageWords).toContain('With 16 cores it would be 25 % shorter at best');
    });

    it('is one that its own CPU limit held back, however little it used on average', () => {
      // Bursts of 8 threads under a quota of 2 cores: 1 core used on average, 4 wanted.
      const throttled = attempt({
        request: { cpuCores: 2 },
        limitCpuCores: 2,
        hostCpuCores: 64,
        cpuProfile: { cores: [1], seconds: [3600] },
        cpuWanted: { cores: [4], seconds: [3600] },
        cpuSeconds: 3600,
        cpuThrottledSeconds: 10_800,
      });
      const sized = sizeCpu({ ...input(), currentCores: 2, usages: observeCpu([throttled]) });

      // By usage alone one core would do.
      expect(sized).toMatchObject({ cpuCores: 2, isChanged: false });
      expect(sized.throttleWords).toBe(
        'Its CPU limit of 2 cores held back 75 % of the core time that it wanted: that it used no more is ' +
          'the limit’s doing, and it would run faster with more.',
      );
      expect(sized.shortageWords).toContain('With 4 cores it would be 75 % shorter at best');
    });

    it('is not one whose limit held nothing back', () => {
      const unhindered = attempt({
        limitCpuCores: 2,
        cpuProfile: { cores: [1], seconds: [3600] },
        cpuSeconds: 3600,
        cpuThrottledSeconds: 0,
      });
      const sized = sizeCpu({ ...input(), currentCores: 2, usages: observeCpu([unhindered]) });

      expect(sized.cpuCores).toBe(1);
      expect(sized).not.toHaveProperty('throttleWords');
      expect(sized).not.toHaveProperty('shortageWords');
    });

    it('may hide more than its limit shows: what others’ work took was not measured', () => {
      const saturated = attempt({
        limitCpuCores: 2,
        hostCpuCores: 64,
        cpuProfile: { cores: [2], seconds: [3600] },
        cpuWanted: { cores: [2.5], seconds: [3600] },
        cpuSeconds: 7200,
        cpuThrottledSeconds: 1800,
      });
      const sized = sizeCpu({ ...input(), currentCores: 8, usages: observeCpu([saturated]) });

      expect(sized).toMatchObject({ cpuCores: 8, isHeld: true });
      expect(sized.curve.every((point) => point.isLowerBound)).toBe(true);
    });

    it('is not one that could have had more cores and did not take them', () => {
      expect(size({ cores: [8], seconds: [3600] }).shortageWords).toBeUndefined();
    });

    it('is not one whose machine was busy with others’ work', () => {
      const sized = sizeCpu({
        ...input(),
        usages: observeCpu([
          attempt({
            cpuProfile: { cores: [1], seconds: [3600] },
            cpuWanted: { cores: [4], seconds: [3600] },
            cpuSeconds: 3600,
            cpuWaitSeconds: 10_800,
          }),
        ]),
      });
      expect(sized.shortageWords).toBeUndefined();
    });
  });

  it('keeps to the grid, to floor and cap, and to the tolerated stretch wherever it shrinks', () => {
    fc.assert(
      fc.property(arbitraryHistory, fc.integer({ min: 1, max: 96 }), (history, currentCores) => {
        const usages = observeCpu(history);
        fc.pre(usages.length > 0);
        const sized = size({ cores: [], seconds: [] }, { usages, currentCores });
        const limit = 1 + DEFAULT_POLICY.cpuStretchRatio;
        expect(Number.isInteger(sized.cpuCores)).toBe(true);
        expect(sized.cpuCores).toBeGreaterThanOrEqual(1);
        const isFastEnough = sized.stretchRatio(sized.cpuCores) <= limit + 1e-9;
        expect(isFastEnough || sized.cpuCores >= currentCores).toBe(true);
        for (const point of sized.curve) {
          expect(
            Object.values(point).every(
              (value) => typeof value !== 'number' || Number.isFinite(value),
            ),
          ).toBe(true);
        }
      }),
    );
  });
});
