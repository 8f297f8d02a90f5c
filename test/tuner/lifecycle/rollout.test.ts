import { MOST_ROLLBACKS, oneStep } from '@stepfit/tuner/lifecycle/rollout';
import { retryBudget } from '@stepfit/tuner/lifecycle/watch';
import { DEFAULT_POLICY, type Policy } from '@stepfit/tuner/model/policy';
import { describe, expect, it } from 'vitest';

import { HOUR_MS } from '../support/attempts.ts';
import { seededRandom } from '../support/random.ts';
import { simulate, type Simulated, type SimulatedEvent, type World } from './simulate.ts';

const TASKS = 5;
/** At 5 %, proofs and canaries take weeks, not months, of one run a day. */
const POLICY: Policy = { ...DEFAULT_POLICY, mode: 'auto', riskRatio: 0.05 };
const COOL_DOWN_RUNS = POLICY.coolDownHours / 24;
/** Pairs that all are slower until that is certain: see `sequential-tests.test.ts`. */
const PAIRS_UNTIL_SLOW = 7;

/** Of a step that needs about a gigabyte. */
function needMiB(random: () => number): number {
  return 900 + 200 * random();
}

function world(task: World['task'], changes: Partial<World> = {}): Simulated {
  return simulate({ runs: 120, tasksPerRun: TASKS, policy: POLICY, task, ...changes });
}

function named(events: readonly SimulatedEvent[], ...names: string[]): SimulatedEvent[] {
  return events.filter(({ event }) => names.includes(event));
}

/** First values that took effect for all, in order. */
function appliedMiB({ events }: Simulated): number[] {
  return named(events, 'apply').map(({ firstMiB }) => firstMiB);
}

/**
 * What holds in every world. Each trial stays within its budget of retries, but for those that run when the
 * last of it is used up; nothing starts with its values afterwards. Less is never given twice within a
 * cool-down, and no more trials are rolled back in a row than the most.
 */
function expectSafe({ attempts, events, suggestions }: Simulated): void {
  for (const suggestion of suggestions.filter(({ rollout }) => rollout !== undefined)) {
    const { suggestionId } = suggestion;
    const tried = attempts.filter(
      ({ hint, attempt }) =>
        attempt === 0 && hint?.suggestionId === suggestionId && hint.arm === 'hinted',
    );
    const failed = tried.filter(({ outcome }) => outcome === 'oom');
    const lastRun = failed.at(-1)?.run ?? '';
    const before = failed.filter(({ run }) => run < lastRun);
    expect(before.length).toBeLessThan(retryBudget(tried.length, POLICY.riskRatio));
    const rolledBack = named(events, 'roll-back').find((one) => one.suggestionId === suggestionId);
    const later = tried.filter(({ run }) => Number(run.slice(1)) > (rolledBack?.run ?? Infinity));
    expect(later).toEqual([]);
  }
  const shrinking = named(events, 'accept', 'roll-back').filter(
    ({ event, note }) => event === 'roll-back' || note.includes('of the attempts try'),
  );
  for (const [index, one] of shrinking.entries()) {
    const before = shrinking[index - 1];
    if (one.event !== 'accept' || before === undefined) continue;
    expect(one.run - before.run).toBeGreaterThanOrEqual(COOL_DOWN_RUNS);
  }
  for (const { run, firstMiB, note } of named(events, 'roll-back')) {
    if (!note.includes('ran out of memory')) continue;
    const next = attempts.filter(
      ({ run: name, attempt }) => attempt === 0 && Number(name.slice(1)) === run + 1,
    );
    // What was not enough is not followed by less.
    for (const { request } of next) expect(request.memoryMiB).toBeGreaterThan(firstMiB);
  }
  const words = named(events, 'verify', 'roll-back').map(({ event }) => event);
  expect(words.join(' ')).not.toContain(
    Array.from({ length: MOST_ROLLBACKS + 1 }, () => 'roll-back').join(' '),
  );
}

describe('months in mode auto', () => {
  it('take a steady step down in steps, each proven, without a retry', () => {
    const random = seededRandom(3);
    const run = world(() => ({ needMiB: needMiB(random) }));

    expectSafe(run);
    expect(named(run.events, 'roll-back')).toEqual([]);
    expect(run.attempts.filter(({ outcome }) => outcome === 'oom')).toEqual([]);
    const values = appliedMiB(run);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(values.length).toBeGreaterThanOrEqual(4);
    for (const [index, value] of values.entries()) {
      const before = values[index - 1] ?? 16_384;
      expect(value).toBeGreaterThanOrEqual((1 - POLICY.maxShrinkRatio) * before);
    }
  });

  it('reckon with a need that drifts up', () => {
    const random = seededRandom(4);
    const run = world((day) => ({ needMiB: needMiB(random) * (1 + 0.005 * day) }));

    expectSafe(run);
    expect(run.attempts.filter(({ outcome }) => outcome === 'oom')).toEqual([]);
    expect(appliedMiB(run).length).toBeGreaterThanOrEqual(3);
  });

  it('give a leak more at once, and take nothing away while it grows', () => {
    const random = seededRandom(5);
    const run = world((day) => ({ needMiB: needMiB(random) + 100 * Math.max(0, day - 30) }));

    expectSafe(run);
    const growing = appliedMiB(run).slice(
      appliedMiB(run).lastIndexOf(Math.min(...appliedMiB(run))),
    );
    expect(growing.length).toBeGreaterThan(2);
    expect(growing).toEqual(growing.toSorted((a, b) => a - b));
    expect(run.attempts.filter(({ outcome }) => outcome === 'oom').length).toBeLessThanOrEqual(
      retryBudget(run.attempts.length, POLICY.riskRatio),
    );
  });

  it('give up values that are less than one that was not enough', () => {
    const random = seededRandom(18);
    const run = world(
      (day) => ({ needMiB: needMiB(random) + (day < 45 ? 0 : 600 * (day - 44) * random()) }),
      { runs: 58, tasksPerRun: 10 },
    );

    expectSafe(run);
    const notes = run.events.map(({ event, note }) => `${event}: ${note}`);
    expect(notes).toContainEqual(expect.stringMatching(/^roll-back: .*ran out of memory/));
    expect(notes).toContain('supersede: more memory than it gives was not enough');
  });

  it('keep enough for the larger of two kinds of input', () => {
    const random = seededRandom(6);
    const run = world(() => ({
      needMiB: random() < 0.1 ? 6000 + 500 * random() : needMiB(random),
    }));

    expectSafe(run);
    const inForce = run.suggestions.find(({ state }) => state === 'verified')?.rollout?.plan;
    expect(inForce?.first.memoryMiB).toBeGreaterThanOrEqual(6000);
    expect(inForce?.first.memoryMiB).toBeLessThan(16_384);
  });

  it.each([60, 70, 90])('roll a bad release of day %i back, and go on when it is over', (day) => {
    const random = seededRandom(day);
    const run = world(
      (now) => ({ needMiB: needMiB(random) * (now >= day && now < day + 10 ? 9 : 1) }),
      { codeVersion: (now) => (now < day ? 'v1' : now < day + 10 ? 'v2' : 'v3'), runs: 130 },
    );

    expectSafe(run);
    const during = named(run.events, 'roll-back', 'rollout').filter(({ run: at }) => at >= day);
    expect(during.length).toBeGreaterThan(0);
    const failed = run.attempts.filter(
      ({ outcome, attempt, hint }) =>
        outcome === 'oom' && attempt === 0 && hint?.applied !== undefined,
    );
    // All of the first run at most, and then the canary's two with the run that uses them up.
    expect(failed.length).toBeLessThanOrEqual(2 * TASKS + 2);
    const least = Math.min(
      ...named(run.events, 'apply')
        .filter(({ run: at }) => at > day + 10)
        .map(({ firstMiB }) => firstMiB),
    );
    expect(least).toBeLessThan(16_384);
  });

  it('find out that a value makes the step slower, three times, and leave it alone', () => {
    const random = seededRandom(8);
    const run = world((_day, _task, isHinted) => ({
      needMiB: needMiB(random),
      durationMs: HOUR_MS * (1 + 0.1 * random()) * (isHinted ? 1.4 : 1),
    }));

    expectSafe(run);
    const rolledBack = named(run.events, 'roll-back');
    expect(rolledBack).toHaveLength(MOST_ROLLBACKS);
    for (const { suggestionId, run: at } of rolledBack) {
      const tried = run.attempts.filter(
        ({ hint }) => hint?.suggestionId === suggestionId && hint.arm === 'hinted',
      );
      const before = tried.filter(({ run: name }) => Number(name.slice(1)) < at);
      expect(before.length).toBeLessThan(PAIRS_UNTIL_SLOW);
    }
    const end = rolledBack.at(-1)?.run ?? 0;
    expect(run.holds.at(-1)).toMatchObject({ code: 'gives-nothing' });
    expect(named(run.events, 'accept').every(({ run: at }) => at < end)).toBe(true);
    const after = run.attempts.filter(({ run: name }) => Number(name.slice(1)) > end);
    expect(after.length).toBeGreaterThan(100);
    expect(after.every(({ hint }) => hint === undefined)).toBe(true);
  });

  it('size each task by its features where no single value can be taken down', () => {
    const random = seededRandom(10);
    const run = world(
      () => {
        const rows = 15_000 * random() ** 3;
        return { needMiB: 600 + rows * (1 + 0.02 * random()), features: { rows } };
      },
      { runs: 40 },
    );

    expectSafe(run);
    expect(run.events.slice(0, 2).map(({ event }) => event)).toEqual(['accept', 'apply']);
    expect(named(run.events, 'roll-back')).toEqual([]);
    expect(run.events[0]?.note).toMatch(
      /^20 % of the attempts try memory by each task’s features instead of/,
    );
    const after = run.attempts.filter(({ hint }) => hint?.sizedBy === 'features');
    const meanMiB =
      after.reduce((sum, { request }) => sum + (request.memoryMiB ?? 0), 0) / after.length;
    expect(after.length).toBeGreaterThan(30);
    expect(meanMiB).toBeLessThan(0.6 * 16_384);
  });

  it('give everything back when the mode is turned off', () => {
    const random = seededRandom(9);
    const run = world(() => ({ needMiB: needMiB(random) }), {
      runs: 40,
      policyOf: (day) => (day < 30 ? POLICY : { ...POLICY, mode: 'suggest' }),
    });

    const hinted = run.attempts.filter(({ hint }) => hint?.applied !== undefined);
    expect(hinted.length).toBeGreaterThan(20);
    expect(hinted.every(({ run: name }) => Number(name.slice(1)) <= 30)).toBe(true);
    expect(named(run.events, 'roll-back').map(({ run: day, note }) => [day, note])).toEqual([
      [30, 'the mode is suggest now'],
      [30, 'the mode is suggest now'],
    ]);
  });
});

describe('one step of a roll-out', () => {
  const plan = {
    first: { cpuCores: 1, memoryMiB: 1000 },
    second: { cpuCores: 1, memoryMiB: 2000 },
    last: { cpuCores: 8, memoryMiB: 16_000 },
  };

  it('takes away what the policy allows, on its grid, and keeps a retry above it', () => {
    const previous = { cpuCores: 8, memoryMiB: 16_000 };
    expect(oneStep(plan, previous, DEFAULT_POLICY)).toEqual({
      first: { cpuCores: 6, memoryMiB: 11_200 },
      second: { cpuCores: 1, memoryMiB: 11_200 },
      last: plan.last,
    });
  });

  it('is the whole plan where that is less, or more is asked for', () => {
    expect(oneStep(plan, { cpuCores: 1, memoryMiB: 1200 }, DEFAULT_POLICY)).toEqual(plan);
    expect(oneStep(plan, { cpuCores: 1, memoryMiB: 500 }, DEFAULT_POLICY)).toEqual(plan);
  });
});
