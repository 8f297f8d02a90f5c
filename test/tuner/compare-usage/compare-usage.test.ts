import {
  compareUsage,
  type Figure,
  type RunUsage,
  type StepRuns,
} from '@stepfit/tuner/compare-usage/compare-usage';
import { DEFAULT_SENSITIVITY, growthTail, powerOf } from '@stepfit/tuner/compare-usage/grew';
import { leastRankSumTail, rankSumTail } from '@stepfit/tuner/compare-usage/rank-sum';
import { quantileOfT, tailOfT } from '@stepfit/tuner/compare-usage/student-t';
import { describe, expect, it } from 'vitest';

import { seededNormal, seededRandom } from '../support/random.ts';

const random = seededRandom(20_261_123);
const normal = seededNormal(1_123);

/** A usual run of a usual step: noise of memory is small, noise of time is not. */
function usage(factor = 1, draw: () => number = normal): RunUsage {
  return {
    peakMemoryMiB: factor * 900 * Math.exp(0.03 * draw()),
    cpuSeconds: 60 * Math.exp(0.08 * draw()),
    gibHours: factor * 0.5 * Math.exp(0.12 * draw()),
    costUsd: 0.02 * Math.exp(0.1 * draw()),
  };
}

function runs(count: number, factor = 1, draw: () => number = normal): RunUsage[] {
  return Array.from({ length: count }, () => usage(factor, draw));
}

/** Steps and figures of which something was said. */
function flags(steps: readonly StepRuns[]): [string, Figure, string][] {
  return compareUsage(steps, DEFAULT_SENSITIVITY).flatMap(({ step, figures }) =>
    figures
      .filter(({ verdict }) => verdict === 'grew' || verdict === 'shrank')
      .map(({ figure, verdict }): [string, Figure, string] => [step, figure, verdict]),
  );
}

function branch(headRuns: number, grown?: string, factor = 1, draw = normal): StepRuns[] {
  return ['start', 'load', 'train', 'score', 'end'].map((step) => ({
    step,
    base: runs(20, 1, draw),
    head: runs(headRuns, step === grown ? factor : 1, draw),
  }));
}

/** Now and then three times as much: what bimodal inputs look like. */
function heavy(): number {
  return random() < 0.1 ? 25 : normal();
}

describe('comparing a branch with its base', () => {
  it.each([2, 3, 5, 10])('finds more memory in %i runs, there and nowhere else', (count) => {
    let found = 0;
    for (let trial = 0; trial < 50; trial += 1) {
      const told = flags(branch(count, 'train', 1.4));
      expect(told.every(([step, , verdict]) => step === 'train' && verdict === 'grew')).toBe(true);
      if (told.some(([, figure]) => figure === 'peakMemoryMiB')) found += 1;
    }
    expect(found).toBe(50);
  });

  // One in a hundred is allowed by design. A branch whose few runs all had the rare kind of input looks like
  // one that grew, whatever the test.
  it.each([
    ['usual noise', normal, 4],
    ['inputs of two kinds', heavy, 20],
  ])('says nothing of branches that do not differ, with %s', (_noise, draw, most) => {
    let told = 0;
    for (let trial = 0; trial < 400; trial += 1) {
      told += flags(branch(1 + (trial % 6), undefined, 1, draw)).length > 0 ? 1 : 0;
    }
    expect(told).toBeLessThanOrEqual(most);
  });

  it('tells growth from shrinking', () => {
    expect(flags(branch(4, 'train', 0.6))).toContainEqual(['train', 'peakMemoryMiB', 'shrank']);
  });

  it('states what it could have seen, and how many runs are missing', () => {
    const [step] = compareUsage(
      [{ step: 'train', base: runs(20), head: runs(2) }],
      DEFAULT_SENSITIVITY,
    );
    const memory = step?.figures.find(({ figure }) => figure === 'peakMemoryMiB');

    expect(memory?.verdict).toBe('untold');
    expect(memory?.power.seesRatio).toBeGreaterThan(0.1);
    expect(memory?.power.moreRuns).toBeGreaterThanOrEqual(1);
    const enough = runs(2 + (memory?.power.moreRuns ?? 0));
    const [then] = compareUsage(
      [{ step: 'train', base: runs(40), head: [...enough, ...enough] }],
      DEFAULT_SENSITIVITY,
    );
    expect(then?.figures.find(({ figure }) => figure === 'peakMemoryMiB')?.verdict).toBe('same');
  });

  it('has the power that it states', () => {
    const level = 0.001;
    let seen = 0;
    const trials = 400;
    for (let trial = 0; trial < trials; trial += 1) {
      const base = Array.from({ length: 20 }, () => Math.exp(0.1 * normal()));
      const still = Array.from({ length: 6 }, () => Math.exp(0.1 * normal()));
      // By the true spread, so that the statement is about one growth.
      const { seesRatio = 0 } = powerOf(
        { base: spreadOut(20), head: spreadOut(6) },
        level,
        DEFAULT_SENSITIVITY,
      );
      const head = still.map((value) => value * (1 + seesRatio));
      if (growthTail({ base, head }, DEFAULT_SENSITIVITY.marginRatio) <= level) seen += 1;
    }
    expect(seen / trials).toBeGreaterThan(0.7);
    expect(seen / trials).toBeLessThan(0.95);
  });

  it('finds what it said that more runs would show, as often as it says', () => {
    function grown(): number {
      return 1.1 * Math.exp(0.03 * normal());
    }
    let seen = 0;
    const trials = 200;
    for (let trial = 0; trial < trials; trial += 1) {
      const base = Array.from({ length: 30 }, () => Math.exp(0.03 * normal()));
      const first = Array.from({ length: 3 }, grown);
      const { moreRuns = Infinity } = powerOf({ base, head: first }, 0.0005, DEFAULT_SENSITIVITY);
      const head = [...first, ...Array.from({ length: moreRuns }, grown)];
      if (growthTail({ base, head }, DEFAULT_SENSITIVITY.marginRatio) <= 0.0005) seen += 1;
    }
    expect(seen / trials).toBeGreaterThan(0.72);
    expect(seen / trials).toBeLessThan(0.92);
  });

  it('says nothing where one side is missing, and is never stopped by it', () => {
    const steps = [
      { step: 'new', base: [], head: runs(3) },
      { step: 'gone', base: runs(3), head: [] },
      { step: 'unmeasured', base: [{}], head: [{ cpuSeconds: 0 }] },
      { step: 'single', base: runs(1), head: runs(1) },
    ];

    expect(flags(steps)).toEqual([]);
    const [added] = compareUsage(steps, DEFAULT_SENSITIVITY);
    expect(added?.figures[0]).toMatchObject({ verdict: 'untold', baseRuns: 0, headRuns: 3 });
  });

  it('does not call a page more or less a regression', () => {
    const base = Array.from({ length: 20 }, (_, index) => ({
      peakMemoryMiB: 100 + (index % 2) / 256,
    }));
    const head = [{ peakMemoryMiB: 100.1 }, { peakMemoryMiB: 100.1 }];

    expect(flags([{ step: 'train', base, head }])).toEqual([]);
  });
});

/** Values whose logarithms have a spread of exactly 0.1. */
function spreadOut(count: number): number[] {
  const raw = Array.from({ length: count }, (_, index) => index - (count - 1) / 2);
  const spread = Math.sqrt(raw.reduce((sum, value) => sum + value ** 2, 0) / (count - 1));
  return raw.map((value) => Math.exp((0.1 * value) / spread));
}

describe('the distributions under it', () => {
  it('are those of the tables', () => {
    // Upper points of Student's t: Abramowitz and Stegun, table 26.10.
    expect(tailOfT(12.706, 1)).toBeCloseTo(0.025, 5);
    expect(tailOfT(2.228, 10)).toBeCloseTo(0.025, 4);
    expect(quantileOfT(0.005, 5)).toBeCloseTo(4.032, 3);
    expect(tailOfT(-2.228, 10)).toBeCloseTo(0.975, 4);
  });

  it('count ranks exactly, ties too', () => {
    expect(rankSumTail([1, 2, 3], [4, 5, 6])).toBeCloseTo(1 / 20, 12);
    expect(rankSumTail([1, 2, 3, 4], [5])).toBeCloseTo(1 / 5, 12);
    expect(rankSumTail([2, 2], [2, 2])).toBe(1);
    expect(rankSumTail([1, 1, 1], [1, 2])).toBeCloseTo(4 / 10, 12);
    expect(leastRankSumTail(20, 1)).toBeCloseTo(1 / 21, 12);
    expect(leastRankSumTail(3, 3)).toBeCloseTo(1 / 20, 12);
  });
});
