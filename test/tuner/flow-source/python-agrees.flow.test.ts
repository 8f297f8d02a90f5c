import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { loadPythonParser } from '@stepfit/api/flow-source/parse-python';
import { hasEffect } from '@stepfit/tuner/backend/decorator-line';
import {
  backendRules,
  effectiveRequest,
  KUBERNETES_DEFAULTS,
} from '@stepfit/tuner/backend/effective-request';
import type { WantedChange } from '@stepfit/tuner/flow-source/plan-step';
import { readClasses } from '@stepfit/tuner/flow-source/read-flows';
import { rewriteFlows } from '@stepfit/tuner/flow-source/rewrite-flows';
import type { DeclaredDecorator } from '@stepfit/tuner/model/attempt-usage';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';

import { ROOT } from '../../support/product.ts';
import { HARD_CASES, wantedOf } from './hard-cases.ts';

const parse = await loadPythonParser();

/** A file, what was wanted of it, and what became of it. */
interface Try {
  readonly before: string;
  readonly after: string;
  readonly class: string;
  readonly wanted: WantedChange;
  readonly isChanged: boolean;
}

interface Verdict {
  readonly verdict: string;
  readonly decorators?: readonly DeclaredDecorator[];
}

function attemptOn(source: string, wanted: WantedChange): Try {
  const { files, outcomes } = rewriteFlows(parse, [{ path: 'flow.py', text: source }], [wanted]);
  const after = files[0]?.text ?? '';
  const isChanged = outcomes[0]?.kind === 'changed';
  expect(after === source).toBe(!isChanged);
  return { before: source, after, class: ownerOf(source, wanted), wanted, isChanged };
}

/** The class that writes the step: the flow, or the base that the hard cases have. */
function ownerOf(source: string, { flow, step }: WantedChange): string {
  const classes = readClasses({ path: 'flow.py', text: source, root: parse(source) });
  const owners = classes.filter(({ steps }) => steps.some(({ name }) => name === step));
  return (owners.find(({ name }) => name === flow) ?? owners[0])?.name ?? flow;
}

/** What Python's own `ast` says of each change. */
function askPython(tries: readonly Try[]): Verdict[] {
  const input = tries
    .map(({ before, after, class: name, wanted }) =>
      JSON.stringify({ before, after, class: name, step: wanted.step }),
    )
    .join('\n');
  const script = join(import.meta.dirname, 'compare_ast.py');
  const output = execFileSync(inject('python'), ['-W', 'ignore', script], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Verdict);
}

/** That the changed files are Python, differ in the intended constants only, and have the effect. */
function expectAgreement(tries: readonly Try[]): void {
  const changed = tries.filter(({ isChanged }) => isChanged);
  for (const [index, verdict] of askPython(changed).entries()) {
    const { before, after, wanted } = changed[index] as Try;
    expect(
      ['ok', 'before is not Python'],
      `${verdict.verdict}\n${before}\n=====\n${after}`,
    ).toContain(verdict.verdict);
    const { backend, change, operatorDefaults = {} } = wanted;
    if (verdict.decorators === undefined) continue;
    const asked = effectiveRequest(backend, [
      ...numbersOf(verdict.decorators),
      { name: KUBERNETES_DEFAULTS, attributes: operatorDefaults },
    ]);
    expect(
      hasEffect({ ...asked, ...untouched(asked, change) }, asked, change, backendRules(backend)),
      after,
    ).toBe(true);
  }
}

function untouched(asked: object, change: object): object {
  return Object.fromEntries(Object.entries(asked).filter(([key]) => !Object.hasOwn(change, key)));
}

/** `"8Gi"` counts in MiB where nothing multiplies it. */
function numbersOf(decorators: readonly DeclaredDecorator[]): DeclaredDecorator[] {
  const units: Record<string, number> = { Mi: 1, Gi: 1024 };
  return decorators.map(({ name, attributes }) => ({
    name,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => {
        const [, digits, unit = ''] = /^(\d+)(Mi|Gi)$/.exec(String(value)) ?? [];
        return [key, digits === undefined ? value : Number(digits) * (units[unit] ?? 1)];
      }),
    ),
  }));
}

/** Every file of Metaflow's package with a flow in it, its tutorials among them, and those of this repository. */
function corpus(): { path: string; text: string }[] {
  const found = execFileSync(inject('python'), ['-c', 'import metaflow; print(metaflow.__file__)']);
  const metaflow = dirname(found.toString().trim());
  const paths = [
    ...globSync(join(metaflow, '**/*.py')),
    ...globSync(join(ROOT, '{test,sdk-plugin}/**/*.py')),
  ];
  return paths
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
    .filter(({ text }) => text.includes('FlowSpec'));
}

/** One for each set of rules; those that deploy have the rules of what they run on. */
const RULED = ['local', 'kubernetes', 'batch'];
const BACKENDS = [...RULED, 'argo-workflows', 'step-functions'];
const CHANGES = [
  { memoryMiB: 1024 },
  { memoryMiB: 9000, cpuCores: 3 },
  { cpuCores: 16, gpuCount: 1 },
];

describe('Python agrees', () => {
  it('on every hard case', () => {
    const tries = HARD_CASES.filter(({ name }) => name !== 'python-3-14').map((one) =>
      attemptOn(one.source, wantedOf(one)),
    );

    expect(tries.filter(({ isChanged }) => isChanged).length).toBeGreaterThan(30);
    expectAgreement(tries);
  });

  it('on every step of every flow in Metaflow’s package and here, by the rules of every backend', () => {
    const tries: Try[] = [];
    for (const { path, text } of corpus()) {
      const classes = readClasses({ path, text, root: parse(text) });
      for (const { name: flow, steps } of classes) {
        for (const { name: step } of steps) {
          for (const backend of RULED) {
            for (const change of CHANGES) {
              tries.push(attemptOn(text, { flow, step, backend, change }));
            }
          }
        }
      }
    }

    const tutorials = corpus().filter(({ path }) => path.includes('tutorials'));
    expect(tutorials.length).toBeGreaterThanOrEqual(6);
    const changed = tries.filter(({ isChanged }) => isChanged).length;
    expect(changed).toBeGreaterThan(300);
    expect(changed / tries.length).toBeGreaterThan(0.9);
    expectAgreement(tries);
  });

  it('leaves every other file of the package as it is', () => {
    for (const { path, text } of corpus()) {
      const wanted = {
        flow: 'NoSuchFlow',
        step: 'start',
        backend: 'local',
        change: { memoryMiB: 1 },
      };
      expect(rewriteFlows(parse, [{ path, text }], [wanted]).files[0]?.text).toBe(text);
    }
  });

  it('however a source was damaged before', () => {
    const sources = [
      ...HARD_CASES.map(({ source }) => source),
      ...corpus()
        .map(({ text }) => text)
        .filter((text) => text.length < 8000),
    ];
    const scraps = [
      '(',
      ')',
      ',',
      '\n',
      '    ',
      '"',
      "'''",
      '#',
      '@',
      '\\\n',
      'resources',
      '@step\n',
      'memory=1',
      '**x',
      ':',
      ';',
      '\t',
      '\r',
      'é🚀',
      '\f',
      'class A:\n',
      'def f():\n',
      'if x:\n',
    ];
    const damage = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.integer({ min: 0, max: 12 }),
      insert: fc.oneof(fc.constantFrom(...scraps), fc.string({ maxLength: 5 })),
    });
    const damaged = fc.record({
      source: fc.constantFrom(...sources),
      damages: fc.array(damage, { minLength: 1, maxLength: 2 }),
      backend: fc.constantFrom(...BACKENDS),
      change: fc.constantFrom(...CHANGES),
    });
    const seed = Date.now();

    const tries = fc
      .sample(damaged, { numRuns: 4000, seed })
      .map(({ source, damages, backend, change }) => {
        const text = damages.reduce((whole, { at, length, insert }) => {
          const start = Math.floor(at * whole.length);
          return whole.slice(0, start) + insert + whole.slice(start + length);
        }, source);
        const [flow] = readClasses({ path: 'flow.py', text, root: parse(text) }).filter(
          ({ steps }) => steps.length > 0,
        );
        const step = flow?.steps.find(({ name }) => name === 'train') ?? flow?.steps[0];
        return attemptOn(text, {
          flow: flow?.name ?? 'TrainFlow',
          step: step?.name ?? 'train',
          backend,
          change,
        });
      });

    expect(tries.filter(({ isChanged }) => isChanged).length, `seed ${seed}`).toBeGreaterThan(100);
    expectAgreement(tries);
  });
});
