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
      'it ran as a serial step, hardly ever with more than one core busy: 1 core would not have slowed 1 attempt',
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

  it('shows the speed and cost of the current, the suggested and neighbouring counts', () => {
    const sized = size({ cores: [1, 4], seconds: [3240, 360] });

    expect(sized.curve.map((point) => [point.label, point.cpuCores])).toEqual([
      ['neighbour', 2],
      ['suggested', 3],
      ['neighbour', 4],
      ['neighbour', 6],
      ['current', 8],
    ]);
    const [two] = sized.curve;
    // 2 cores × 1 h × 1.1
    expect(two?.paidCoreHours).toBeCloseTo(2.2);
    expect(two?.addedHours).toBeCloseTo(0.1);
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
