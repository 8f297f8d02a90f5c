import { cpuCurve, saturatedShare, slowAttemptStretch } from '@stepfit/tuner/replay/cpu-curve';
import { observeCpu } from '@stepfit/tuner/sizing/cpu-usage';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryHistory, attempt } from '../support/attempts.ts';

/** Half an hour on one core, half an hour on four. */
const half = attempt({ cpuProfile: { cores: [1, 4], seconds: [1800, 1800] } });

describe('cpuCurve', () => {
  it('stretches the time in which more cores were busy than there would be', () => {
    const { stretchRatio } = cpuCurve(observeCpu([half]));
    // 1800 + 1800·4/c over 3600
    expect(stretchRatio(4)).toBe(1);
    expect(stretchRatio(8)).toBe(1);
    expect(stretchRatio(2)).toBeCloseTo(1.5);
    // 1800·(1/0.5) + 1800·(4/0.5) = 18000
    expect(stretchRatio(0.5)).toBeCloseTo(5);
  });

  it('is what the formula gives, never below 1, and falls as cores are added', () => {
    const cores = fc.double({ min: 0.1, max: 64, noNaN: true });
    fc.assert(
      fc.property(arbitraryHistory, cores, cores, (history, a, b) => {
        const usages = observeCpu(history);
        fc.pre(usages.length > 0);
        const { stretchRatio } = cpuCurve(usages);
        const levels = usages.flatMap((usage) => usage.levels);
        const seconds = levels.reduce((sum, level) => sum + level.seconds, 0);
        const stretched = levels.reduce(
          (sum, level) => sum + level.seconds * Math.max(1, level.cores / a),
          0,
        );
        expect(stretchRatio(a)).toBeCloseTo(stretched / seconds);
        expect(stretchRatio(Math.max(a, b))).toBeLessThanOrEqual(
          stretchRatio(Math.min(a, b)) + 1e-9,
        );
        expect(stretchRatio(a)).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('ignores attempts that did not succeed: their time is not the time of the work', () => {
    expect(observeCpu([{ ...half, outcome: 'oom' }])).toEqual([]);
  });
});

describe('slowAttemptStretch', () => {
  it('is the stretch of the slowest attempt where there are few', () => {
    const serial = attempt({ run: '2', cpuProfile: { cores: [1], seconds: [36_000] } });
    // half: 1.5 at two cores; serial: 1
    expect(slowAttemptStretch(observeCpu([half, serial]), 2)).toBeCloseTo(1.5);
  });

  it('leaves out the slowest five in a hundred', () => {
    const many = Array.from({ length: 99 }, (_, index) =>
      attempt({ run: String(index), cpuProfile: { cores: [1], seconds: [60] } }),
    );
    expect(slowAttemptStretch(observeCpu([...many, half]), 2)).toBe(1);
  });
});

describe('saturatedShare', () => {
  it('is the share of time with all cores of the machine busy', () => {
    expect(saturatedShare(observeCpu([{ ...half, hostCpuCores: 4 }]))).toBe(0.5);
    expect(saturatedShare(observeCpu([{ ...half, hostCpuCores: 8 }]))).toBe(0);
  });

  it('takes the request for the limit under the guaranteed class only', () => {
    const requested = { ...half, request: { cpuCores: 4 }, hostCpuCores: 64 };
    expect(saturatedShare(observeCpu([{ ...requested, qos: 'Guaranteed' }]))).toBe(0.5);
    expect(saturatedShare(observeCpu([{ ...requested, qos: 'burstable' }]))).toBe(0);
  });
});
