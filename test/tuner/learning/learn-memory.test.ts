import { learnMemory, type MemoryLearning } from '@stepfit/tuner/learning/learn-memory';
import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  arbitraryHistory,
  attempt,
  attemptsWithPeaks,
  HOUR_MS,
  killed,
} from '../support/attempts.ts';
import { draw, seededNormal } from '../support/random.ts';

const OPTIONS = { currentMiB: 16_000, minAttempts: 5, materialRatio: 0.1 };
const DAY_MS = 24 * HOUR_MS;

function learn(history: readonly AttemptUsage[], options: Partial<typeof OPTIONS> = {}) {
  return learnMemory(observeMemory(history), { ...OPTIONS, ...options });
}

function needs(observations: MemoryLearning['observations']): number[] {
  return observations.map(({ needMiB }) => needMiB);
}

/** About this much, a day between runs, all of one version. */
function runs(
  amounts: readonly number[],
  codeVersion: string | undefined,
  firstDay = 0,
): AttemptUsage[] {
  return attemptsWithPeaks(amounts).map((usage, index) => ({
    ...usage,
    run: `day${firstDay + index}`,
    startedAtMs: (firstDay + index) * DAY_MS,
    endedAtMs: (firstDay + index) * DAY_MS + HOUR_MS,
    ...(codeVersion === undefined ? {} : { codeVersion }),
  }));
}

function around(centreMiB: number, deviation: number, seed: number): () => number {
  const normal = seededNormal(seed);
  return () => centreMiB * Math.exp(deviation * normal());
}

describe('learnMemory', () => {
  it('counts everything of a step whose code and need stay', () => {
    const history = runs(draw(40, around(1000, 0.1, 1)), 'a');
    const learnt = learn(history);
    expect(learnt.observations).toEqual(observeMemory(history));
    expect(learnt.sized).toEqual(learnt.observations);
    expect([learnt.hold, learnt.drift, learnt.epochs.relation]).toEqual([
      undefined,
      undefined,
      'only',
    ]);
  });

  it('takes nothing away on two attempts of new code, and keeps old ones as a prior of three', () => {
    const old = draw(40, around(1000, 0.3, 2));
    const learnt = learn([...runs(old, 'a'), ...runs([900, 910], 'b', 40)]);
    expect(needs(learnt.observations)).toEqual([900, 910]);
    expect(learnt.hold).toBe('code-changed');
    expect(learnt.sized).toHaveLength(5);
    expect(Math.max(...needs(learnt.sized))).toBe(Math.max(...old));
  });

  it('forgets the prior once new code is known to need another amount', () => {
    const learnt = learn([
      ...runs(draw(40, around(4000, 0.1, 3)), 'a'),
      ...runs(draw(6, around(1000, 0.1, 4)), 'b', 40),
    ]);
    expect([learnt.epochs.relation, learnt.priorAttempts, learnt.hold]).toEqual([
      'differs',
      0,
      undefined,
    ]);
    expect(Math.max(...needs(learnt.sized))).toBeLessThan(2000);
  });

  it('counts only attempts after the need has moved, up or down', () => {
    const low = around(1000, 0.05, 5);
    const high = around(3000, 0.05, 6);
    for (const [before, after] of [
      [low, high],
      [high, low],
    ] as const) {
      const newest = draw(10, after);
      const learnt = learn(runs([...draw(40, before), ...newest], 'a'));
      expect(learnt.drift).toMatchObject({ kind: 'shift', runsSince: 10 });
      expect(needs(learnt.observations)).toEqual(newest);
    }
  });

  it('does not step down after a usage that follows in part what it is given', () => {
    const cache = around(1, 0.03, 10);
    const history = draw(40, (index) => (index < 25 ? 16_000 : 4000)).flatMap((memoryMiB, index) =>
      // a quarter of the request’s logarithm: 16000 to 4000 takes usage down by 30 %
      runs([100 * memoryMiB ** 0.25 * cache()], 'a', index).map((usage) => ({
        ...usage,
        request: { memoryMiB },
      })),
    );
    const learnt = learn(history, { currentMiB: 4000 });
    expect([learnt.request.kind, learnt.drift?.kind]).toEqual(['unclear', 'fell-with-request']);
    expect(learnt.observations).toHaveLength(40);
  });

  it('counts all of a need that comes and goes', () => {
    const amounts = draw(90, (index) => (index >= 30 && index < 60 ? 3000 : 1000) + index);
    const learnt = learn(runs(amounts, undefined));
    expect(learnt.drift?.kind).toBe('comes-and-goes');
    expect(needs(learnt.observations)).toEqual(amounts);
  });

  it('withholds where the policy wants more attempts than there are since the need moved', () => {
    const before = draw(42, around(1000, 0.05, 8));
    const after = draw(8, around(3000, 0.05, 9));
    const learnt = learn(runs([...before, ...after], undefined), { minAttempts: 20 });
    expect([learnt.hold, needs(learnt.observations)]).toEqual(['need-shifted', after]);
    const sorted = before.toSorted((a, b) => a - b);
    // ⌈0.5 × 42⌉, ⌈0.9 × 42⌉ and the last
    const quantiles = [20, 37, 41].map((rank) => sorted[rank] ?? 0);
    const prior = needs(learnt.sized).filter((need) => !after.includes(need));
    expect(prior.toSorted((a, b) => a - b)).toEqual(quantiles);
  });

  it('carries a growing need on for as many runs as a month has, and no more than were seen', () => {
    const grown = draw(40, (index) => 1000 * 1.02 ** index);
    const daily = learn(runs(grown, undefined));
    expect(daily.headroom?.runsAhead).toBe(30);
    expect(daily.headroom?.growthRatio).toBeCloseTo(0.02, 3);
    // the newest need 30 runs on, which is what every need projected comes to
    for (const need of needs(daily.sized)) expect(need / 1000).toBeCloseTo(1.02 ** 69, 1);
    expect(needs(daily.observations)).toEqual(grown);
    const hourly = learn(attemptsWithPeaks(grown));
    expect(hourly.headroom?.runsAhead).toBe(40);
  });

  it('holds a step that uses what it is given, and looks at attempts with the present request', () => {
    const heap = around(0.8, 0.03, 7);
    const history = draw(12, (index) => (index < 6 ? 16_000 : 4000)).flatMap((memoryMiB, index) =>
      runs([memoryMiB * heap()], 'a', index).map((usage) => ({ ...usage, request: { memoryMiB } })),
    );
    const learnt = learn(history, { currentMiB: 4000 });
    expect([learnt.hold, learnt.request.kind]).toEqual(['follows-request', 'follows']);
    expect(Math.max(...needs(learnt.observations))).toBeLessThan(4000);
    expect(learnt.drift).toBeUndefined();
  });

  it('does not take a request that was raised after running out of memory for a heap', () => {
    const history = draw(6, (index) => [
      { ...killed(4000, { run: `k${index}`, startedAtMs: index }), request: { memoryMiB: 4000 } },
      attempt({
        run: `k${index}`,
        attempt: 1,
        startedAtMs: index + HOUR_MS,
        peakMemoryMiB: 6000,
        request: { memoryMiB: 8000 },
      }),
    ]).flat();
    const light = draw(6, (index) =>
      attempt({ run: `l${index}`, peakMemoryMiB: 3000, request: { memoryMiB: 4000 } }),
    );
    expect(learn([...history, ...light]).request.kind).not.toBe('follows');
  });
});

describe('whatever the history', () => {
  const versioned = fc
    .tuple(arbitraryHistory, fc.func(fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined })))
    .map(([history, versionOf]) =>
      history.map((usage, index) => {
        const codeVersion = versionOf(index);
        return { ...usage, ...(codeVersion === undefined ? {} : { codeVersion }) };
      }),
    );

  it('what counts is a part of the history, in its order, and does not depend on how it was read', () => {
    fc.assert(
      fc.property(versioned, fc.func(fc.integer()), (history, shuffleKey) => {
        const observations = observeMemory(history);
        const learnt = learnMemory(observations, OPTIONS);
        const counted = new Set(learnt.observations);
        expect(observations.filter((one) => counted.has(one))).toEqual(learnt.observations);
        expect(observations.length === 0).toBe(counted.size === 0);
        const shuffled = history.toSorted((a, b) => shuffleKey(a.task) - shuffleKey(b.task));
        expect(learn(shuffled)).toEqual(learnt);
      }),
    );
  });

  it('sizing sees no less than what counts, and at most three attempts and two bounds more', () => {
    fc.assert(
      fc.property(versioned, (history) => {
        const { observations, sized, priorAttempts } = learn(history);
        expect(sized.length).toBe(observations.length + priorAttempts);
        expect(priorAttempts).toBeLessThanOrEqual(5);
        expect(Math.max(0, ...needs(sized))).toBeGreaterThanOrEqual(
          Math.max(0, ...needs(observations)),
        );
      }),
    );
  });
});
