import { evaluateFormula } from '@stepfit/tuner/hints/evaluate-formula';
import { type FormulaInput, learnFormula } from '@stepfit/tuner/hints/learn-formula';
import { planForTask } from '@stepfit/tuner/hints/plan-for-task';
import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { AWS_FARGATE } from '@stepfit/tuner/prices/size-grids';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { attempt, HOUR_MS } from '../support/attempts.ts';
import { draw, seededRandom } from '../support/random.ts';

const GRID = { floor: 512, cap: 1_048_576, step: 64 };
/** What 120 tasks of at most 4,400 MiB prove as one value: a factor of 1.6 beyond the largest. */
const PLAN = { firstMiB: 7168, secondMiB: 8192, lastMiB: 16_000 };
const BUDGET = { riskRatio: 0.01, confidence: 0.95, tailIndex: 2, noRetry: false };

type Features = AttemptUsage['features'];

/** Tasks one after the other; what each needs follows from its features. */
function historyOf(
  features: readonly Features[],
  needMiB: (features: Features) => number,
): AttemptUsage[] {
  return features.map((stated, index) =>
    attempt({
      run: String(index + 1),
      startedAtMs: index * HOUR_MS,
      features: stated,
      peakMemoryMiB: needMiB(stated),
    }),
  );
}

function prove(history: readonly AttemptUsage[], overrides: Partial<FormulaInput> = {}) {
  return learnFormula({
    observations: observeMemory(history),
    plan: PLAN,
    grid: GRID,
    policy: DEFAULT_POLICY,
    budget: BUDGET,
    prices: EXAMPLE_PRICES,
    ...overrides,
  });
}

function learn(...given: Parameters<typeof prove>) {
  return prove(...given)?.formula;
}

/** 120 tasks of 100 to 4,000 rows, in no order. */
const ROWS = Array.from({ length: 120 }, (_, index) => ({ rows: 100 + ((index * 1103) % 3900) }));

function needOfRows({ rows }: Features): number {
  return 400 + Number(rows);
}

describe('a formula over what is known of a task', () => {
  test('is found where the need follows a number, and asks for no less than was needed', () => {
    const formula = learn(historyOf(ROWS, needOfRows));
    if (formula?.kind !== 'line') throw new Error('There is no line.');
    expect(formula).toMatchObject({ feature: 'rows', from: 100 });
    expect(formula.baseMiB).toBeCloseTo(400, 3);
    expect(formula.slopeMiB).toBeCloseTo(1, 6);
    expect(formula.factor).toBeGreaterThan(1);
    for (const features of ROWS) {
      expect(evaluateFormula(formula, features)).toBeGreaterThanOrEqual(needOfRows(features));
    }
  });

  test('is proven by the tasks that it said something of, and replayed over all', () => {
    const proven = prove(historyOf(ROWS, needOfRows));
    expect(proven?.bound.attempts).toBeLessThan(ROWS.length);
    expect(proven?.bound.upperBound).toBeLessThanOrEqual(BUDGET.riskRatio + 1e-9);
    expect(proven?.row).toMatchObject({ label: 'by formula', attempts: 120, failures: 0 });
    const [first] = observeMemory(historyOf(ROWS, needOfRows));
    expect(first && proven?.planFor(first)).toEqual({ ...PLAN, sizedBy: 'plan' });
  });

  test('is found where the need goes with a label', () => {
    const tables = ROWS.map((_, index) => ({ table: index % 10 === 0 ? 'large' : 'small' }));
    const formula = learn(historyOf(tables, ({ table }) => (table === 'large' ? 4000 : 700)));
    expect(formula).toMatchObject({
      kind: 'labels',
      feature: 'table',
      needsMiB: { large: 4000, small: 700 },
    });
  });

  test('chooses the feature that tells most, among others that tell nothing', () => {
    const noisy = ROWS.map(({ rows }, index) => ({
      rows,
      index,
      seed: (index * 7919) % 101,
      who: index % 3 === 0 ? 'a' : 'b',
    }));
    expect(learn(historyOf(noisy, needOfRows))).toMatchObject({ kind: 'line', feature: 'rows' });
  });

  test.each([
    ['nothing is known of the tasks', ROWS.map(() => ({})), {}],
    ['too few have run', ROWS.slice(0, 8), {}],
    ['the feature tells nothing', ROWS.map(({ rows }) => ({ rows: (rows * 31) % 7 })), {}],
    ['only some sizes are valid', ROWS, { prices: { ...EXAMPLE_PRICES, grid: AWS_FARGATE } }],
  ])('is not there where %s', (_, features, overrides) => {
    const needs = ROWS.map(needOfRows);
    const history = historyOf(features, () => 0).map((usage, index) => ({
      ...usage,
      peakMemoryMiB: needs[index] ?? 0,
    }));
    expect(learn(history, overrides)).toBeUndefined();
  });

  test('is not there where one value pays no more', () => {
    const flat = learn(
      historyOf(ROWS, ({ rows }) => 4000 + Number(rows) / 100),
      { plan: { firstMiB: 4096, secondMiB: 4096, lastMiB: 16_000 } },
    );
    expect(flat).toBeUndefined();
  });

  test('a task that was never seen through leaves nothing proven', () => {
    const history = historyOf(ROWS, needOfRows).map((usage, index) =>
      index % 10 === 0 ? { ...usage, outcome: 'oom' as const, limitMemoryMiB: 5000 } : usage,
    );
    expect(learn(history)).toBeUndefined();
  });

  test('rests on nothing but its input', () => {
    const history = historyOf(ROWS, needOfRows);
    expect(learn(history.toReversed())).toEqual(learn(history));
  });

  test('keeps the risk where the spread grows with the number, and the line is not what it was', () => {
    const budget = { ...BUDGET, riskRatio: 0.05 };
    let learnt = 0;
    let over = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seededRandom(seed);
      const tasks = draw(720, () => ({ rows: 10_000 * random(), share: random() }));
      function need({ rows, share }: Features): number {
        return 300 + 0.4 * Number(rows) * Number(share);
      }
      const history = historyOf(tasks.slice(0, 120), need).map((usage) => ({
        ...usage,
        features: { rows: usage.features['rows'] ?? 0 },
      }));
      const formula = learn(history, { budget });
      if (formula === undefined) continue;
      const later = tasks.slice(120).flatMap((task) => {
        const askedMiB = evaluateFormula(formula, { rows: task.rows });
        return askedMiB === undefined ? [] : [need(task) > askedMiB];
      });
      learnt += 1;
      if (later.filter(Boolean).length > budget.riskRatio * later.length) over += 1;
    }
    expect(learnt).toBeGreaterThan(30);
    // Sure to 95 %: of as many formulas, at most one in twenty may go over.
    expect(over / learnt).toBeLessThanOrEqual(0.05);
  });

  test('keeps the risk on tasks that come after, over many made-up steps', () => {
    let sized = 0;
    let failed = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seededRandom(seed);
      const tasks = draw(200, () => ({ rows: 1 + 5000 * random(), noise: random() }));
      function need({ rows, noise }: Features): number {
        return 600 + Number(rows) * (1 + Number(noise) / 10);
      }
      const known = tasks.map(({ rows }) => ({ rows }));
      const history = historyOf(tasks.slice(0, 100), need).map((usage, index) => ({
        ...usage,
        features: known[index] ?? {},
      }));
      const formula = learn(history);
      for (const [index, task] of tasks.entries()) {
        if (index < 100) continue;
        const plan = planForTask(PLAN, formula, GRID, known[index] ?? {});
        if (plan.sizedBy !== 'features') continue;
        sized += 1;
        if (plan.firstMiB < need(task)) failed += 1;
      }
    }
    expect(sized).toBeGreaterThan(4000);
    expect(failed / sized).toBeLessThan(BUDGET.riskRatio);
  });
});

const arbitraryFeatures = fc.dictionary(
  fc.constantFrom('rows', 'table', 'other'),
  fc.oneof(fc.double({ noNaN: true }), fc.string(), fc.boolean()),
);
const arbitraryFormula = fc.oneof(
  fc.record({
    kind: fc.constant('line' as const),
    feature: fc.constant('rows'),
    baseMiB: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    slopeMiB: fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    leastMiB: fc.double({ min: 1, max: 1e4, noNaN: true }),
    from: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    to: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant('labels' as const),
    feature: fc.constant('table'),
    needsMiB: fc.dictionary(fc.string(), fc.double({ min: 1, max: 1e6, noNaN: true })),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
  }),
);

test('whatever a formula says, a task’s plan rises, ends where the step’s does, and keeps the floor', () => {
  fc.assert(
    fc.property(arbitraryFormula, arbitraryFeatures, (formula, features) => {
      const { firstMiB, secondMiB, lastMiB, sizedBy } = planForTask(PLAN, formula, GRID, features);
      expect(firstMiB).toBeGreaterThanOrEqual(GRID.floor);
      expect(secondMiB).toBeGreaterThanOrEqual(firstMiB);
      expect(lastMiB).toBeGreaterThanOrEqual(secondMiB);
      expect(lastMiB).toBe(PLAN.lastMiB);
      expect(sizedBy === 'features' || firstMiB === PLAN.firstMiB).toBe(true);
    }),
  );
});
