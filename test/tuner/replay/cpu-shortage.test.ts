import { cpuShortage } from '@stepfit/tuner/replay/cpu-shortage';
import type { CpuLevel, CpuUsage } from '@stepfit/tuner/sizing/cpu-usage';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** One interval: seconds in which so many cores were used and wanted. */
interface Interval {
  readonly used: number;
  readonly wanted: number;
  readonly seconds: number;
}

function usageOf(intervals: readonly Interval[], availableCores?: number): CpuUsage {
  function levels(amount: (interval: Interval) => number): CpuLevel[] {
    return intervals
      .map((interval) => ({ cores: amount(interval), seconds: interval.seconds }))
      .toSorted((a, b) => a.cores - b.cores);
  }
  return {
    run: '1',
    task: '1',
    attempt: 0,
    levels: levels(({ used }) => used),
    wantedLevels: levels(({ wanted }) => wanted),
    seconds: intervals.reduce((sum, { seconds }) => sum + seconds, 0),
    ...(availableCores === undefined ? {} : { availableCores }),
  };
}

const interval = fc
  .record({
    used: fc.double({ min: 0.1, max: 8, noNaN: true }),
    waited: fc.double({ min: 0, max: 24, noNaN: true }),
    seconds: fc.double({ min: 1, max: 1000, noNaN: true }),
  })
  .map(({ used, waited, seconds }) => ({ used, wanted: used + waited, seconds }));
const intervals = fc.array(interval, { minLength: 1, maxLength: 20 });

describe('cpuShortage', () => {
  it('shortens the time at all cores by what was wanted, up to the cores there would be', () => {
    // Half the time 4 of 4 cores with 12 wanted, half the time 1 core.
    const usage = usageOf([
      { used: 4, wanted: 12, seconds: 100 },
      { used: 1, wanted: 1, seconds: 100 },
    ]);
    const shortage = cpuShortage([usage], 4);

    expect(shortage).toMatchObject({ shortShare: 0.5, isMeasured: true, mostCores: 12 });
    expect(shortage.bestRatio(4)).toBe(1);
    expect(shortage.bestRatio(8)).toBeCloseTo(0.75);
    // 12 are wanted, so more than 12 help no further: 0.5 + 0.5 × 4/12
    expect(shortage.bestRatio(12)).toBeCloseTo(2 / 3);
    expect(shortage.bestRatio(100)).toBeCloseTo(2 / 3);
  });

  it('is never better than what truly happened, whatever order the levels were in', () => {
    fc.assert(
      fc.property(
        intervals,
        fc.double({ min: 1, max: 8, noNaN: true }),
        fc.double({ min: 1, max: 4, noNaN: true }),
        (many, currentCores, factor) => {
          const cores = currentCores * factor;
          const seconds = many.reduce((sum, one) => sum + one.seconds, 0);
          const true_ = many.reduce((sum, { used, wanted, seconds: dt }) => {
            const isShort = used >= 0.95 * currentCores;
            return sum + (isShort ? dt * Math.min(1, used / Math.min(wanted, cores)) : dt);
          }, 0);
          const { bestRatio } = cpuShortage([usageOf(many)], currentCores);
          expect(bestRatio(cores)).toBeLessThanOrEqual(true_ / seconds + 1e-9);
        },
      ),
    );
  });

  it('is above nought, at most 1, less for more cores, and the same however long the time', () => {
    fc.assert(
      fc.property(intervals, fc.double({ min: 1, max: 8, noNaN: true }), (many, currentCores) => {
        const { bestRatio } = cpuShortage([usageOf(many)], currentCores);
        const slower = many.map((one) => ({ ...one, seconds: one.seconds * 3 }));
        let previous = 1;
        for (const factor of [1, 1.5, 2, 4, 16]) {
          const ratio = bestRatio(currentCores * factor);
          expect(ratio).toBeGreaterThan(0);
          expect(ratio).toBeLessThanOrEqual(previous + 1e-12);
          expect(
            cpuShortage([usageOf(slower)], currentCores).bestRatio(currentCores * factor),
          ).toBeCloseTo(ratio);
          previous = ratio;
        }
      }),
    );
  });

  it('knows no bound to what was wanted where waiting was not measured at the limit', () => {
    const { wantedLevels: _, ...usage } = usageOf([{ used: 4, wanted: 4, seconds: 100 }], 4);
    const shortage = cpuShortage([usage], 4);

    expect(shortage).toMatchObject({ isMeasured: false, mostCores: Number.POSITIVE_INFINITY });
    expect(shortage.bestRatio(8)).toBe(0.5);
  });

  it('takes the use of what is asked for as no shortage where more was to be had', () => {
    const { wantedLevels: _, ...usage } = usageOf([{ used: 4, wanted: 4, seconds: 100 }], 64);
    expect(cpuShortage([usage], 4).bestRatio(64)).toBe(1);
    expect(cpuShortage([], 4)).toMatchObject({ shortShare: 0, mostCores: 4 });
  });
});
