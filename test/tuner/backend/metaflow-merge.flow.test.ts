import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { decoratorLine } from '@stepfit/tuner/backend/decorator-line';
import {
  attributesOf,
  backendRules,
  effectiveRequest,
  KUBERNETES_DEFAULTS,
} from '@stepfit/tuner/backend/effective-request';
import type { DeclaredDecorator, ResourceAmounts } from '@stepfit/tuner/model/attempt-usage';
import * as fc from 'fast-check';
import { expect, inject, it } from 'vitest';

import { arbitraryChange, arbitrarySetup } from '../support/setups.ts';

const CASES = 400;

interface Case {
  readonly backend: string;
  readonly decorators: readonly string[];
  /** What `METAFLOW_KUBERNETES_CPU` and `_MEMORY` say. */
  readonly operators: DeclaredDecorator['attributes'];
}

/** Asks Metaflow's own decorators, in one process for all cases. */
function askMetaflow(cases: readonly Case[]): ResourceAmounts[] {
  const script = join(import.meta.dirname, 'metaflow_merge.py');
  const output = execFileSync(inject('python'), [script], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
  });
  const answers = JSON.parse(output) as { cpu: number; memory: number; gpu: number }[];
  return answers.map(({ cpu, memory, gpu }, index) => ({
    cpuCores: cpu,
    memoryMiB: memory * backendRules(cases[index]?.backend ?? '').memoryUnitMiB,
    gpuCount: gpu,
  }));
}

function written({ name, attributes }: DeclaredDecorator): string {
  const list = Object.entries(attributes).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `@${name}(${list.join(', ')})`;
}

/** On a cluster whose operator has set defaults, in two of three. */
const setups = fc
  .tuple(
    arbitrarySetup.filter(({ backend }) => backend === 'kubernetes' || backend === 'batch'),
    fc.option(
      fc.record(
        { cpu: fc.constantFrom(0.5, 2, 16), memory: fc.integer({ min: 1, max: 40_000 }) },
        { requiredKeys: [] },
      ),
      { nil: undefined, freq: 2 },
    ),
  )
  .map(([{ backend, decorators }, operators]) => ({
    backend,
    decorators:
      operators === undefined
        ? decorators
        : [...decorators, { name: KUBERNETES_DEFAULTS, attributes: operators }],
  }));

function caseOf(backend: string, decorators: readonly DeclaredDecorator[]): Case {
  return {
    backend,
    decorators: decorators.filter(({ name }) => name !== KUBERNETES_DEFAULTS).map(written),
    operators: attributesOf(decorators, KUBERNETES_DEFAULTS) ?? {},
  };
}

it('the effective request is what Metaflow’s own decorators ask the backend for', () => {
  const samples = fc.sample(setups, { seed: 1, numRuns: CASES });
  const asked = askMetaflow(samples.map(({ backend, decorators }) => caseOf(backend, decorators)));

  expect(
    samples.map(({ backend, decorators }) => known(effectiveRequest(backend, decorators))),
  ).toEqual(asked);
});

it('a pasted line makes Metaflow ask for what is suggested, and for nothing else', () => {
  const samples = fc.sample(fc.tuple(setups, arbitraryChange), { seed: 2, numRuns: CASES });
  const results = samples.map(([{ backend, decorators }, change]) =>
    decoratorLine({ backend, decorators, change }),
  );
  const pasted = samples.map(([{ backend, decorators }], index) => {
    const result = results[index];
    if (result?.kind !== 'line') throw new Error(result?.detail);
    const [, name = ''] = /^@(\w+)/.exec(result.line) ?? [];
    const kept = decorators.filter(
      (one) => one.name !== name && !(result.note ?? '').includes(`Remove @${one.name}`),
    );
    const source = caseOf(backend, kept);
    return { ...source, decorators: [...source.decorators, result.line] };
  });

  const asked = askMetaflow(pasted);

  for (const [index, [{ backend, decorators }, change]] of samples.entries()) {
    const wanted = known({ ...effectiveRequest(backend, decorators), ...change });
    const got = asked[index] ?? {};
    const tooMuchMiB = (got.memoryMiB ?? 0) - (wanted.memoryMiB ?? 0);
    expect(tooMuchMiB).toBeGreaterThan(-1e-6);
    expect(tooMuchMiB).toBeLessThan(backendRules(backend).memoryUnitMiB + 1e-6);
    expect({ ...got, memoryMiB: 0 }).toEqual({ ...wanted, memoryMiB: 0 });
  }
});

/** Metaflow has a count of GPUs for every step; where nobody asked for any it is zero. */
function known(amounts: ResourceAmounts): ResourceAmounts {
  return { gpuCount: 0, ...amounts };
}
