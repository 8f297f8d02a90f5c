import { describeRunningTime } from '@stepfit/api/format/words';
import type { CpuReplay } from '@stepfit/tuner/model/evidence';
import { describe, expect, it } from 'vitest';

function point(overrides: Partial<CpuReplay>): CpuReplay {
  return {
    label: 'neighbour',
    cpuCores: 4,
    stretchRatio: 1,
    addedHours: 0,
    paidCoreHours: 4,
    costUsd: 0.16,
    isLowerBound: false,
    ...overrides,
  };
}

describe('the running time with other cores', () => {
  it('is told against the time measured', () => {
    expect(describeRunningTime(point({ stretchRatio: 1.0333 }))).toBe('× 1.033');
  });

  it('is told as a bound where more may have been wanted than was seen', () => {
    expect(describeRunningTime(point({ isLowerBound: true }))).toBe('≥ × 1.000');
  });

  it('is told from best to worst where more cores were wanted than there were', () => {
    expect(describeRunningTime(point({ bestRatio: 0.5, isLowerBound: true }))).toBe(
      '× 0.500–1.000',
    );
  });
});
