import { type PaidAttempt, realisedSavings } from '@stepfit/tuner/ledger/realised';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import { hourlyCostUsd } from '@stepfit/tuner/prices/hourly-cost';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import { describe, expect, it } from 'vitest';

import { attempt, attemptsWithPeaks, HOUR_MS } from '../support/attempts.ts';
import { seededNormal } from '../support/random.ts';

const BEFORE = { cpuCores: 1, memoryMiB: 16_384 };
const AFTER = { cpuCores: 1, memoryMiB: 4096 };
const START_MS = Date.UTC(2026, 1, 1);

const past = attemptsWithPeaks([1000, 1010, 990, 1000, 1005, 995], {
  declared: BEFORE,
  request: BEFORE,
});
const verdict = decideStep({
  flow: 'F',
  step: 's',
  history: past,
  policy: DEFAULT_POLICY,
  prices: EXAMPLE_PRICES,
});
if (verdict.kind !== 'suggest') throw new Error(verdict.detail);
const { kind: _kind, ...body } = verdict;
const suggestion: Suggestion = {
  suggestionId: 'one',
  project: 'p',
  flow: 'F',
  step: 's',
  state: 'applied',
  createdAt: new Date(START_MS).toISOString(),
  updatedAt: new Date(START_MS).toISOString(),
  revision: 1,
  ...body,
  effective: BEFORE,
  suggestedEffective: AFTER,
};

function task(run: number, changes: Partial<PaidAttempt> = {}): PaidAttempt {
  return attempt({
    run: `r${run}`,
    startedAtMs: START_MS + run * 24 * HOUR_MS,
    request: AFTER,
    declared: AFTER,
    ...changes,
  });
}

function saved(attempts: readonly PaidAttempt[], one: Suggestion = suggestion) {
  return realisedSavings(one, attempts, EXAMPLE_PRICES)?.entry;
}

const hourUsd = hourlyCostUsd(BEFORE, EXAMPLE_PRICES) - hourlyCostUsd(AFTER, EXAMPLE_PRICES);

describe('realised savings', () => {
  it('are what the values before would have paid, less what was paid', () => {
    const entry = saved([...past, task(1), task(2, { durationMs: 3 * HOUR_MS })]);

    expect(entry).toMatchObject({
      tasks: 2,
      runs: 2,
      retries: 0,
      retryCostUsd: 0,
      slowdownRatio: 1,
    });
    expect(entry?.realised.costUsd.estimate).toBeCloseTo(4 * hourUsd);
    expect(entry?.realised.gibHours.estimate).toBeCloseTo(4 * 12);
    expect(entry?.realised.coreHours.estimate).toBe(0);
    expect(entry?.predictedCostUsd).toBeCloseTo(2 * body.savings.costUsdPerRun);
  });

  it('are charged with retries, and may be a loss', () => {
    const killed = task(1, { outcome: 'oom' });
    const again = task(1, { attempt: 1, startedAtMs: START_MS + 25 * HOUR_MS, request: BEFORE });
    const entry = saved([killed, again]);

    expect(entry).toMatchObject({ tasks: 1, retries: 1 });
    expect(entry?.retryCostUsd).toBeCloseTo(hourlyCostUsd(AFTER, EXAMPLE_PRICES));
    expect(entry?.realised.costUsd.estimate).toBeCloseTo(-hourlyCostUsd(AFTER, EXAMPLE_PRICES));
    expect(entry?.realised.gibHours.estimate).toBeCloseTo(-4);
  });

  it('leave out attempts that failed for other reasons, and tasks that never succeeded', () => {
    const failed = task(1, { outcome: 'failed' });
    const again = task(1, { attempt: 1 });
    const never = task(2, { outcome: 'failed' });

    expect(saved([failed, again, never])?.realised.costUsd.estimate).toBeCloseTo(hourUsd);
    expect(saved([never])).toBeUndefined();
    expect(saved(past)).toBeUndefined();
  });

  it('count how much longer tasks take with fewer cores', () => {
    const eight = { cpuCores: 8, memoryMiB: 4096 };
    const two = { cpuCores: 2, memoryMiB: 4096 };
    const one = { ...suggestion, effective: eight, suggestedEffective: two };
    const before = Array.from({ length: 6 }, (_, run) =>
      task(-run - 1, { request: eight, durationMs: HOUR_MS }),
    );
    const after = Array.from({ length: 6 }, (_, run) =>
      task(run + 1, { request: two, durationMs: 2 * HOUR_MS }),
    );
    const entry = saved([...before, ...after], one);

    expect(entry).toMatchObject({ slowdownRatio: 2, comparedTasks: 6 });
    // Two cores for two hours instead of eight for one.
    expect(entry?.realised.coreHours.estimate).toBeCloseTo(6 * (8 - 4));
    // The same memory for twice as long.
    expect(entry?.realised.gibHours.estimate).toBeCloseTo(6 * (4 - 8));
  });

  it('compare a trial with the tasks beside it, not with other days', () => {
    const hint = {
      suggestionId: 'one',
      rung: 'first',
      sizedBy: 'plan',
      before: BEFORE,
    } as const;
    const rollout = {
      phase: 'canary',
      startedAt: suggestion.createdAt,
      phaseAt: suggestion.createdAt,
      share: 0.5,
      plan: { first: AFTER, second: BEFORE, last: BEFORE },
      previous: BEFORE,
      codeVersions: [],
    } as const satisfies Suggestion['rollout'];
    const trial: Suggestion = { ...suggestion, rollout: { ...rollout, codeVersions: [] } };
    const tasks = Array.from({ length: 12 }, (_, run) =>
      run % 2 === 0
        ? task(run, {
            durationMs: 1.1 * HOUR_MS,
            hint: { ...hint, arm: 'hinted', applied: AFTER },
          })
        : task(run, { request: BEFORE, hint: { ...hint, arm: 'control' } }),
    );

    expect(saved(tasks, trial)).toMatchObject({ tasks: 6, comparedTasks: 6 });
    expect(saved(tasks, trial)?.slowdownRatio).toBeCloseTo(1.1);
  });

  it('have the same interval every time, around the estimate', () => {
    const normal = seededNormal(4);
    const tasks = Array.from({ length: 40 }, (_, run) =>
      task(run, { durationMs: HOUR_MS * Math.exp(0.3 * normal()) }),
    );
    const entry = saved(tasks);

    expect(saved(tasks.toReversed())?.realised.costUsd.estimate).toBeCloseTo(
      entry?.realised.costUsd.estimate ?? 0,
    );
    expect(saved(tasks)).toEqual(entry);
    const { low = 0, estimate = 0, high = 0 } = entry?.realised.costUsd ?? {};
    expect(low).toBeLessThan(estimate);
    expect(high).toBeGreaterThan(estimate);
  });

  it('are within the interval about as often as it says', () => {
    const normal = seededNormal(11);
    const runs = 25;
    /** Of a long-normal running time with this spread, in hours. */
    const truth = runs * 2 * Math.exp(0.3 ** 2 / 2 + 0.2 ** 2 / 2) * hourUsd;
    let covered = 0;
    const worlds = 150;
    for (let world = 0; world < worlds; world += 1) {
      const tasks = Array.from({ length: runs }, (_, run) => {
        const day = 0.3 * normal();
        return [0, 1].map((index) =>
          task(run, { task: `t${index}`, durationMs: HOUR_MS * Math.exp(day + 0.2 * normal()) }),
        );
      }).flat();
      const { low = 0, high = 0 } = saved(tasks)?.realised.costUsd ?? {};
      if (low <= truth && truth <= high) covered += 1;
    }

    expect(covered / worlds).toBeGreaterThan(0.88);
    expect(covered / worlds).toBeLessThan(1);
  });
});
