import type { StepReplay } from '@stepfit/api/http/schemas/replay';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { coreStops, memoryStops, nearestStop } from '../../../api/web/src/what-if/candidates.ts';
import { fitLine } from '../../../api/web/src/what-if/fitted-line.ts';
import { histogram, shareBelow } from '../../../api/web/src/what-if/histogram.ts';
import { worstTasks } from '../../../api/web/src/what-if/worst-tasks.ts';

const needs = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), {
  minLength: 1,
  maxLength: 60,
});

function replayOf(needMiB: readonly number[], changes: Partial<StepReplay> = {}): StepReplay {
  return {
    project: 'default',
    flow: 'TrainFlow',
    step: 'train',
    current: { memoryMiB: 16_384, cpuCores: 8 },
    declaredLines: [],
    grid: { floor: 512, cap: 1_048_576, step: 64 },
    retry: { tailIndex: 2, retryCost: 1 },
    risk: { riskRatio: 0.01, confidence: 0.95, tailIndex: 2, noRetry: false },
    prices: EXAMPLE_PRICES,
    stretches: [
      { cpuCores: 1, stretchRatio: 1.4 },
      { cpuCores: 4, stretchRatio: 1 },
    ],
    finishedAttempts: needMiB.length,
    attempts: {
      attemptIds: needMiB.map((_, index) => `id-${index}`),
      runNames: ['1'],
      runs: needMiB.map(() => 0),
      tasks: needMiB.map((_, index) => String(index)),
      numbers: needMiB.map(() => 0),
      startedAtMs: needMiB.map((_, index) => index),
      endedAtMs: needMiB.map((_, index) => index + 1),
      durationHours: needMiB.map(() => 1),
      seenMiB: [...needMiB],
      needMiB: [...needMiB],
      knowledge: needMiB.map(() => 0),
    },
    features: [],
    ...changes,
  };
}

describe('the stops of the sliders', () => {
  it('are requests that the policy’s grid has, ascending, with what is asked for and suggested', () => {
    fc.assert(
      fc.property(needs, (needMiB) => {
        const suggestedPlan = { firstMiB: 1792, secondMiB: 2048, lastMiB: 16_384 };
        const stops = memoryStops(replayOf(needMiB, { suggestedPlan }));

        expect(stops).toEqual(stops.toSorted((a, b) => a - b));
        expect(stops.every((stop) => stop > 0 && stop % 64 === 0)).toBe(true);
        expect(stops).toContain(16_384);
        expect(stops).toContain(1792);
        // One sees attempts fit.
        expect(stops.at(-1)).toBeGreaterThanOrEqual(Math.max(...needMiB));
        expect(new Set(stops).size).toBe(stops.length);
      }),
    );
  });

  it('are the counts of cores whose running time is known, and the current one', () => {
    expect(coreStops(replayOf([100]))).toEqual([1, 4, 8]);
  });

  it('are found from any position, by ratio', () => {
    expect(nearestStop([64, 128, 1024], 90)).toBe(0);
    expect(nearestStop([64, 128, 1024], 91)).toBe(1);
    expect(nearestStop([64, 128, 1024], 1e9)).toBe(2);
  });
});

describe('the plot of needs', () => {
  it('counts every attempt once, and as failed those that the request is too small for', () => {
    fc.assert(
      fc.property(needs, fc.double({ min: 1, max: 1e6, noNaN: true }), (needMiB, requestMiB) => {
        const bins = histogram(needMiB, requestMiB);

        expect(bins.reduce((sum, bin) => sum + bin.attempts, 0)).toBe(needMiB.length);
        expect(bins.reduce((sum, bin) => sum + bin.failed, 0)).toBe(
          needMiB.filter((need) => need > requestMiB).length,
        );
      }),
    );
  });

  it('rises to all attempts', () => {
    fc.assert(
      fc.property(needs, (needMiB) => {
        const shares = shareBelow(needMiB).map(([, share]) => share);

        expect(shares.at(-1)).toBe(1);
        expect(shares).toEqual(shares.toSorted((a, b) => a - b));
      }),
    );
  });
});

it('names the tasks of greatest need, and which of them a request fails', () => {
  const worst = worstTasks(replayOf([100, 900, 500]), 600, 2);

  expect(worst.map(({ task, needMiB, isFailed }) => [task, needMiB, isFailed])).toEqual([
    ['1', 900, true],
    ['2', 500, false],
  ]);
});

describe('the fitted line', () => {
  it('finds a line that is there', () => {
    const slope = fc.integer({ min: -50, max: 50 });
    fc.assert(
      fc.property(slope, fc.integer({ min: -9, max: 9 }), (rise, start) => {
        const line = fitLine([0, 1, 2, 5, 9].map((x) => [x, start + rise * x]));

        expect(line?.slope).toBeCloseTo(rise);
        expect(line?.intercept).toBeCloseTo(start);
        expect(line?.explained).toBeCloseTo(rise === 0 ? 0 : 1);
      }),
    );
  });

  it('says nothing of points above one another', () => {
    expect(
      fitLine([
        [1, 1],
        [1, 2],
        [1, 3],
      ]),
    ).toBeUndefined();
  });
});
