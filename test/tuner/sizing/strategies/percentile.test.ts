import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import { percentile } from '@stepfit/tuner/sizing/strategies/percentile';
import { describe, expect, it } from 'vitest';

import { attempt, HOUR_MS, killed } from '../../support/attempts.ts';
import { estimateFrom } from '../../support/estimate.ts';

const NOW = { startsAtMs: 0, features: {} };
const DAY_MS = 24 * HOUR_MS;

// By hand, all in MiB: the first bucket is 1e7 / 2^20 = 9.536743 wide, bucket n starts at
// 9.536743 × (1.05^n − 1) / 0.05.
//  300: log(300 × 0.05 / 9.536743 + 1) / log 1.05 = 19.37, bucket 19, ends where 20 starts: 315.3415;
//       plus 15 %: 362.6427
// 1000: log(1000 × 0.05 / 9.536743 + 1) / log 1.05 = 37.54, bucket 37, ends at 1027.1983;
//       plus 15 %: 1181.2780
const TARGET_OF_300 = 362.6427;
const TARGET_OF_1000 = 1181.278;

function estimate(history: Parameters<typeof observeMemory>[0]): number | undefined {
  return estimateFrom(percentile, observeMemory(history), NOW, DEFAULT_POLICY)?.firstMiB;
}

function sameTime(peaksMiB: readonly number[]): ReturnType<typeof attempt>[] {
  return peaksMiB.map((peakMemoryMiB, index) => attempt({ run: String(index), peakMemoryMiB }));
}

describe('percentile', () => {
  it('asks for the end of the bucket that holds the 90th percentile, plus 15 %', () => {
    // 9 of 10 are in the bucket of 300: 9 ≥ 0.9 × 10
    expect(estimate(sameTime([...Array<number>(9).fill(300), 1000]))).toBeCloseTo(TARGET_OF_300, 3);
    // 8 of 9 are not: 8 < 0.9 × 9 = 8.1
    expect(estimate(sameTime([...Array<number>(8).fill(300), 1000]))).toBeCloseTo(
      TARGET_OF_1000,
      3,
    );
  });

  it('lets an attempt weigh half as much after a day', () => {
    const old = sameTime(Array<number>(9).fill(1000));
    const [first] = old;
    const startedAtMs = first?.startedAtMs ?? 0;
    // after 6 days the new one weighs 2^6 = 64 of 73, less than 0.9 × 73 = 65.7
    const sixDays = attempt({
      run: 'new',
      peakMemoryMiB: 300,
      startedAtMs: startedAtMs + 6 * DAY_MS,
    });
    expect(estimate([...old, sixDays])).toBeCloseTo(TARGET_OF_1000, 3);
    // after 7 days 2^7 = 128 of 137, more than 0.9 × 137 = 123.3
    const sevenDays = { ...sixDays, endedAtMs: sixDays.endedAtMs + DAY_MS };
    expect(estimate([...old, sevenDays])).toBeCloseTo(TARGET_OF_300, 3);
  });

  it('survives years between attempts', () => {
    const [old] = sameTime([1000]);
    const late = attempt({
      run: 'late',
      peakMemoryMiB: 300,
      startedAtMs: (old?.startedAtMs ?? 0) + 4000 * DAY_MS,
    });
    expect(estimate([...sameTime([1000]), late])).toBeCloseTo(TARGET_OF_300, 3);
  });

  it('is raised by a killed attempt, and never lowered by any number of them', () => {
    const seen = sameTime([1000]);
    expect(estimate([...seen, killed(2000)])).toBe(2400);
    const small = Array.from({ length: 50 }, (_, index) => killed(100, { run: `k${index}` }));
    expect(estimate([...seen, ...small])).toBeCloseTo(TARGET_OF_1000, 3);
  });

  it('knows the ends of its histogram', () => {
    // 0 falls into the first bucket, which ends at 9.5367; a need beyond 1 TB into the last
    expect(estimate(sameTime([0]))).toBeCloseTo(9.5367 * 1.15, 3);
    expect(estimate(sameTime([1e9]))).toBeGreaterThan(1e12 / 2 ** 20);
  });
});
