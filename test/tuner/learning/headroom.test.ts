import { projectNeeds } from '@stepfit/tuner/learning/headroom';
import { runLevels } from '@stepfit/tuner/learning/measure';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import { describe, expect, it } from 'vitest';

import { attemptsWithPeaks, HOUR_MS } from '../support/attempts.ts';
import { draw, measures } from '../support/random.ts';

const DAY_MS = 24 * HOUR_MS;
const NEEDS = draw(40, (index) => 1000 * 1.02 ** index);

/** Needs that grow by 2 % from run to run, so far apart. */
function headroom(everyMs: number): ReturnType<typeof projectNeeds> {
  const attempts = attemptsWithPeaks(NEEDS).map((usage, index) => ({
    ...usage,
    run: `r${String(index).padStart(4, '0')}`,
    startedAtMs: index * everyMs,
  }));
  const runs = runLevels(measures(NEEDS)).map((run, index) => ({
    ...run,
    startedAtMs: index * everyMs,
  }));
  const growth = { kind: 'growth', sinceMs: 0, slope: Math.log(1.02), runs: 40 } as const;
  return projectNeeds(observeMemory(attempts), runs, growth);
}

describe('projectNeeds', () => {
  it('reaches as many runs ahead as a month has, and no further than growth was seen', () => {
    expect(headroom(DAY_MS).runsAhead).toBe(30);
    expect(headroom(7 * DAY_MS).runsAhead).toBe(4);
    expect(headroom(60 * DAY_MS).runsAhead).toBe(1);
    expect(headroom(HOUR_MS).runsAhead).toBe(40);
  });

  it('carries each need on by the growth of the runs between, so that all come to the same here', () => {
    const { projected, growthRatio } = headroom(DAY_MS);
    expect(growthRatio).toBeCloseTo(0.02, 9);
    // the newest is the 40th run; the horizon is 30 further on
    for (const { needMiB, seenMiB } of projected) {
      expect(needMiB).toBeCloseTo(1000 * 1.02 ** 69, 6);
      expect(seenMiB).toBe(needMiB);
    }
  });
});
