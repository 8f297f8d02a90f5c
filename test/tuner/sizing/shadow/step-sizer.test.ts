import type { Features } from '@stepfit/tuner/sizing/shadow/askable';
import { DEFAULT_SHADOW_OPTIONS, type ShadowOptions } from '@stepfit/tuner/sizing/shadow/options';
import { createStepSizer, type StepSizer } from '@stepfit/tuner/sizing/shadow/step-sizer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

interface Task {
  readonly need: number;
  readonly hours: number;
  readonly features: Features;
}

function task(need: number, features: Features = {}): Task {
  return { need, hours: 1, features };
}

/** One after the other, each asked about before it is learnt. */
function learnAll(tasks: readonly Task[], options: Partial<ShadowOptions> = {}): StepSizer {
  const sizer = createStepSizer({ ...DEFAULT_SHADOW_OPTIONS, ...options });
  for (const one of tasks) sizer.learn(one, sizer.consult(one.features));
  return sizer;
}

function wishAfter(tasks: readonly Task[], features: Features = {}, options = {}): number {
  return learnAll(tasks, options).consult(features).wish ?? Number.NaN;
}

const arbitraryTasks = fc.array(
  fc.record({
    need: fc.oneof(fc.constant(0), fc.constant(512), fc.double({ min: 0, max: 1e9, noNaN: true })),
    hours: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e4, noNaN: true })),
    features: fc.dictionary(
      fc.constantFrom('items', 'rows', 'mode', 'deep'),
      fc.oneof(
        fc.double({ noNaN: true, min: -1e15, max: 1e15 }),
        fc.constantFrom('full', 'quick'),
        fc.boolean(),
      ),
      { noNullPrototype: true },
    ),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('the shadows of a step', () => {
  it('know nothing of a step that has not run', () => {
    expect(createStepSizer(DEFAULT_SHADOW_OPTIONS).consult({ items: 3 })).toMatchObject({
      known: 0,
      opinions: [],
      wish: undefined,
    });
  });

  it('answer with a finite amount not below zero after any finite history, and are never billed NaN', () => {
    fc.assert(
      fc.property(arbitraryTasks, (tasks) => {
        const sizer = learnAll(tasks);
        const { wish, opinions } = sizer.consult(tasks.at(-1)?.features ?? {});
        expect(Number.isFinite(wish) && (wish ?? -1) >= 0).toBe(true);
        expect(opinions.every(({ bill }) => Number.isFinite(bill))).toBe(true);
      }),
    );
  });

  it('are deterministic', () => {
    fc.assert(
      fc.property(arbitraryTasks, (tasks) => {
        const features = tasks.at(-1)?.features ?? {};
        expect(wishAfter(tasks, features)).toBe(wishAfter(tasks, features));
      }),
    );
  });

  it('see no more of the past than they are told to', () => {
    fc.assert(
      fc.property(arbitraryTasks, arbitraryTasks, (past, future) => {
        const sizer = learnAll(past);
        const then = sizer.consult({ items: 7 });
        for (const one of future) sizer.learn(one, sizer.consult(one.features));
        const again = sizer.consult({ items: 7 }, past.length);
        expect(again.opinions.map(({ allocation }) => allocation)).toEqual(
          then.opinions.map(({ allocation }) => allocation),
        );
      }),
    );
  });

  it('follow a feature that explains the need, and only where one does', () => {
    const explained = Array.from({ length: 40 }, (_, i) => {
      const items = 100 + ((i * 37) % 41) * 100;
      return task(400 + 2 * items, { items });
    });
    expect(wishAfter(explained, { items: 1000 }) / 2400).toBeCloseTo(1, 1);
    expect(wishAfter(explained, { items: 4000 }) / 8400).toBeCloseTo(1, 1);
    // the same needs, with a number that has nothing to do with them
    const noise = explained.map(({ need }, i) => task(need, { items: 1 + ((i * 17) % 40) }));
    expect(wishAfter(noise, { items: 5 })).toBeGreaterThan(0.8 * 8400);
  });

  it('tell apart what a text or a switch tells apart', () => {
    const tasks = Array.from({ length: 60 }, (_, i) =>
      i % 3 === 0 ? task(12_000, { mode: 'full' }) : task(2000, { mode: 'quick' }),
    );
    expect(wishAfter(tasks, { mode: 'quick' })).toBeLessThan(3000);
    expect(wishAfter(tasks, { mode: 'full' })).toBeGreaterThanOrEqual(12_000);
    expect(wishAfter(tasks, { mode: 'never seen' })).toBe(wishAfter(tasks));
  });

  it('ask for more where a failure costs more, and for all that is plausible where none is acceptable', () => {
    const tasks = Array.from({ length: 50 }, (_, i) => task(i % 10 === 0 ? 5000 : 1000));
    const cheap = wishAfter(tasks, {}, { retryCost: 0 });
    const dear = wishAfter(tasks, {}, { retryCost: 10_000 });
    expect(cheap).toBeLessThan(dear);
    expect(wishAfter(tasks, {}, { noRetry: true })).toBeGreaterThan(dear);
  });

  it('let a model of several features in, and out again when it is dear', () => {
    const tasks = Array.from({ length: 40 }, (_, i) => task(1000 + (i % 7)));
    const wild = {
      name: 'wild',
      findSupport: () => ({ points: Float64Array.of(90_000), weights: Float64Array.of(1) }),
    };
    const { opinions, wish } = learnAll(tasks, { several: [wild] }).consult({});
    expect(opinions.map(({ shadow }) => shadow.name)).toContain('wild');
    expect(wish).toBeLessThan(1200);
  });

  it('look at a hundred thousand attempts as at the newest of them', () => {
    const sizer = createStepSizer({ ...DEFAULT_SHADOW_OPTIONS, forms: ['constant'] });
    const nothing = sizer.consult({});
    for (let i = 0; i < 99_600; i += 1) sizer.learn(task(5000 + (i % 3)), nothing);
    for (let i = 0; i < 400; i += 1) sizer.learn(task(1000 + (i % 3)), nothing);
    const { wish } = sizer.consult({});
    expect(sizer.count()).toBe(100_000);
    expect(wish).toBeGreaterThan(999);
    expect(wish).toBeLessThan(1100);
  });
});
