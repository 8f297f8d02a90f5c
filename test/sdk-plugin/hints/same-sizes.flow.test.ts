import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { backendRules, effectiveRequest } from '@stepfit/tuner/backend/effective-request';
import { Hint } from '@stepfit/tuner/hints/hint';
import { planForTask } from '@stepfit/tuner/hints/plan-for-task';
import type { MemoryFormula } from '@stepfit/tuner/model/memory-formula';
import type { Plan } from '@stepfit/tuner/model/suggestion';
import * as fc from 'fast-check';
import { Value } from 'typebox/value';
import { beforeAll, describe, expect, inject, it } from 'vitest';

type Features = Readonly<Record<string, number | string | boolean>>;

interface Case {
  readonly hint: Hint;
  readonly features: Features;
  readonly backend: string;
  readonly run: string;
  readonly step: string;
  readonly task: string;
}

interface Answer {
  readonly plan: Plan;
  readonly sizedBy: string;
  readonly attributes: Readonly<Record<string, number>>;
  readonly isHinted: boolean;
}

const CASES = 3000;
const BACKENDS = ['local', 'kubernetes', 'batch', 'argo-workflows', 'step-functions'];

const amount = fc.double({ min: 1, max: 1e6, noNaN: true });
const signed = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0'));
const value = fc.oneof(signed, fc.integer({ min: -10, max: 5000 }), fc.string(), fc.boolean());

const line: fc.Arbitrary<MemoryFormula> = fc
  .record({
    kind: fc.constant('line' as const),
    feature: fc.constantFrom('rows', 'foreach_index'),
    baseMiB: signed,
    slopeMiB: fc.double({ min: -100, max: 100, noNaN: true }),
    leastMiB: amount,
    ends: fc.tuple(signed, signed),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
  })
  .map(({ ends, ...rest }) => ({ ...rest, from: Math.min(...ends), to: Math.max(...ends) }));

const labels: fc.Arbitrary<MemoryFormula> = fc.record({
  kind: fc.constant('labels' as const),
  feature: fc.constantFrom('table', 'rows'),
  needsMiB: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('true', 'false')), amount),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
});

const hint: fc.Arbitrary<Hint> = fc
  .record({
    suggestionId: fc.stringMatching(/^[0-9a-f]{12}$/),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    rungs: fc.tuple(amount, amount, amount),
    cpuCores: fc.double({ min: 0.001, max: 96, noNaN: true }),
    gpuCount: fc.integer({ min: 0, max: 8 }),
    memoryFormula: fc.option(fc.oneof(line, labels), { nil: undefined }),
    memoryFloorMiB: fc.double({ min: 0, max: 5000, noNaN: true }),
    memoryCapMiB: fc.double({ min: 0, max: 2e6, noNaN: true }),
    memoryStepMiB: fc.oneof(
      fc.integer({ min: 1, max: 1024 }),
      fc.double({ min: 1, max: 100, noNaN: true }),
    ),
    overridesCommandLine: fc.boolean(),
  })
  .map(({ rungs, cpuCores, gpuCount, memoryFormula, ...rest }) => {
    const [first, second, last] = rungs
      .toSorted((a, b) => a - b)
      .map((memoryMiB) => ({ cpuCores, memoryMiB, gpuCount }));
    if (first === undefined || second === undefined || last === undefined) throw new Error();
    return {
      ...rest,
      plan: { first, second, last },
      ...(memoryFormula === undefined ? {} : { memoryFormula }),
    };
  });

const cases: fc.Arbitrary<Case> = fc.record({
  hint,
  features: fc.dictionary(fc.constantFrom('rows', 'foreach_index', 'table', 'x'), value),
  backend: fc.constantFrom(...BACKENDS),
  run: name,
  step: name,
  task: name,
});

/** What the server’s own sizing says of the task, as the tuner proves formulas by it. */
function sizedByServer({ hint: given, features }: Case): Pick<Answer, 'plan' | 'sizedBy'> {
  const { plan, memoryFormula, memoryFloorMiB, memoryCapMiB, memoryStepMiB } = given;
  const grid = { floor: memoryFloorMiB, cap: memoryCapMiB, step: memoryStepMiB };
  const memory = {
    firstMiB: plan.first.memoryMiB ?? 0,
    secondMiB: plan.second.memoryMiB ?? 0,
    lastMiB: plan.last.memoryMiB ?? 0,
  };
  const sized = planForTask(memory, memoryFormula, grid, features);
  return {
    plan: {
      first: { ...plan.first, memoryMiB: sized.firstMiB },
      second: { ...plan.second, memoryMiB: sized.secondMiB },
      last: { ...plan.last, memoryMiB: sized.lastMiB },
    },
    sizedBy: sized.sizedBy,
  };
}

/** As the API describes it: the first 32 bits of the SHA-256, over 2³². */
function placeOf({ hint: { suggestionId }, run, step, task }: Case): number {
  const digest = createHash('sha256').update([suggestionId, run, step, task].join('\n')).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}

describe('a launch, in Python, and the tuner', () => {
  const given = fc.sample(cases, CASES);
  let answers: readonly Answer[];

  beforeAll(() => {
    const output = execFileSync(
      inject('python'),
      ['-B', join(import.meta.dirname, 'size_tasks.py')],
      {
        input: given.map((item) => JSON.stringify(item)).join('\n'),
        encoding: 'utf8',
        env: { ...process.env, METAFLOW_USER: 'tester', PYTHONIOENCODING: 'utf-8' },
        maxBuffer: 2 ** 26,
      },
    );
    answers = output
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Answer);
  });

  it('are asked about hints as the API gives them', () => {
    expect(given.every((item) => Value.Check(Hint, item.hint))).toBe(true);
    expect(answers).toHaveLength(CASES);
  });

  it('size every task alike, to the last bit', () => {
    for (const [index, item] of given.entries()) {
      const { plan, sizedBy } = answers[index] ?? {};
      expect({ plan, sizedBy }, JSON.stringify(item)).toEqual(sizedByServer(item));
    }
    const byFeatures = answers.filter(({ sizedBy }) => sizedBy === 'features');
    expect(byFeatures.length).toBeGreaterThan(CASES / 20);
  });

  it('agree on which tasks get the values', () => {
    for (const [index, item] of given.entries()) {
      expect(answers[index]?.isHinted).toBe(placeOf(item) < item.hint.share);
    }
  });

  it('ask the backend for no less than the plan, and for less than a unit more', () => {
    for (const [index, { backend }] of given.entries()) {
      const { plan, attributes = {} } = answers[index] ?? {};
      const { computeDecorator = 'resources', memoryUnitMiB } = backendRules(backend);
      const asked = effectiveRequest(backend, [{ name: computeDecorator, attributes }]);
      const { memoryMiB = 0, cpuCores = 0, gpuCount } = plan?.first ?? {};
      expect(asked.memoryMiB).toBeGreaterThan(memoryMiB - 1e-5);
      expect(asked.memoryMiB).toBeLessThan(memoryMiB + memoryUnitMiB + 1e-5);
      expect(asked.cpuCores).toBeGreaterThan(cpuCores - 1e-8);
      expect(asked.cpuCores).toBeLessThan(cpuCores + 0.001 + 1e-8);
      expect(asked.gpuCount).toBe(gpuCount);
      expect(Number.isInteger(attributes['memory'])).toBe(true);
    }
  });
});
