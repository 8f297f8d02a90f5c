import { decoratorLine } from '@stepfit/tuner/backend/decorator-line';
import {
  backendRules,
  effectiveRequest,
  KUBERNETES_DEFAULTS,
} from '@stepfit/tuner/backend/effective-request';
import type { DeclaredDecorator, ResourceAmounts } from '@stepfit/tuner/model/attempt-usage';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryChange, arbitrarySetup } from '../support/setups.ts';

function lineFor(
  backend: string,
  decorators: readonly DeclaredDecorator[],
  change: ResourceAmounts,
): string {
  const result = decoratorLine({ backend, decorators, change });
  return result.kind === 'line' ? result.line : result.detail;
}

function resources(attributes: Record<string, unknown>): DeclaredDecorator {
  return { name: 'resources', attributes };
}

describe('decoratorLine', () => {
  it('edits @resources where that is enough, and leaves its other attributes alone', () => {
    const decorators = [resources({ cpu: 8, memory: 16_000, gpu: 1, shared_memory: 64 })];
    expect(lineFor('batch', decorators, { memoryMiB: 384 })).toBe(
      '@resources(cpu=8, memory=384, gpu=1, shared_memory=64)',
    );
  });

  it('writes memory in decimal megabytes on Kubernetes, rounded up', () => {
    // 8192 MiB = 8589.93 MB
    expect(lineFor('kubernetes', [resources({ memory: 16_000 })], { memoryMiB: 8192 })).toBe(
      '@resources(memory=8590)',
    );
  });

  it('goes below the default on Kubernetes only with @kubernetes, and without @resources', () => {
    const decorators = [resources({ cpu: 8, memory: 16_000, disk: 20_000, shared_memory: 64 })];
    const result = decoratorLine({ backend: 'kubernetes', decorators, change: { memoryMiB: 448 } });

    expect(result).toMatchObject({
      // 448 MiB = 469.76 MB
      line: '@kubernetes(cpu=8, memory=470, shared_memory=64, disk=20000)',
    });
    expect(result).toHaveProperty(
      'note',
      'Kubernetes is asked for the larger of @resources and @kubernetes, and both default to cpu=1, ' +
        'memory=4096 (MB): a smaller @resources alone changes nothing. Remove @resources from the step: ' +
        'what it does not set still counts with its defaults. In the source, @kubernetes sends the step ' +
        'there without --with kubernetes too.',
    );
  });

  it('goes below Metaflow’s default with @resources alone where an operator’s own is lower', () => {
    const operators = { name: KUBERNETES_DEFAULTS, attributes: { memory: 300 } };
    const input = { backend: 'kubernetes', change: { memoryMiB: 448 } };
    const decorators = [resources({ memory: 16_000 })];

    expect(decoratorLine({ ...input, decorators: [...decorators, operators] })).toMatchObject({
      line: '@resources(memory=470)',
    });
    expect(decoratorLine({ ...input, decorators })).toMatchObject({
      line: '@kubernetes(cpu=1, memory=470)',
    });
  });

  it('names an operator’s defaults where they stand in the way', () => {
    const operators = { name: KUBERNETES_DEFAULTS, attributes: { memory: 9000 } };
    const result = decoratorLine({
      backend: 'kubernetes',
      decorators: [resources({ memory: 16_000 }), operators],
      change: { memoryMiB: 448 },
    });

    expect(result).toHaveProperty('line', '@kubernetes(cpu=1, memory=470)');
    expect(result).toHaveProperty(
      'note',
      expect.stringContaining('@kubernetes to cpu=1, memory=9000, as METAFLOW_KUBERNETES_CPU'),
    );
  });

  it('edits @kubernetes and keeps everything else that it says', () => {
    const decorators = [
      {
        name: 'kubernetes',
        attributes: {
          image: 'repo/image:1',
          memory: 8000,
          tolerations: [{ key: 'a', operator: true }],
          secrets: null,
        },
      },
    ];
    expect(lineFor('kubernetes', decorators, { memoryMiB: 1024, cpuCores: 2 })).toBe(
      '@kubernetes(image="repo/image:1", memory=1074, tolerations=[{"key": "a", "operator": True}], secrets=None, cpu=2)',
    );
  });

  it('keeps a @resources that does not stand in the way', () => {
    const decorators = [
      resources({ memory: 500 }),
      { name: 'kubernetes', attributes: { memory: 8000 } },
    ];
    expect(lineFor('kubernetes', decorators, { memoryMiB: 2000 })).toBe('@kubernetes(memory=2098)');
  });

  it('joins both on Batch where both ask for more', () => {
    const decorators = [
      resources({ memory: 8000 }),
      { name: 'batch', attributes: { memory: 8000, queue: 'q' } },
    ];
    expect(lineFor('batch', decorators, { memoryMiB: 1000 })).toBe(
      '@batch(cpu=1, memory=1000, queue="q")',
    );
  });

  it('gives up GPUs where the larger count wins', () => {
    const decorators = [resources({ gpu: 1 }), { name: 'batch', attributes: { gpu: 4 } }];
    const result = decoratorLine({ backend: 'batch', decorators, change: { gpuCount: 0 } });
    expect(result).toMatchObject({ kind: 'line', effective: { gpuCount: 0 } });
  });

  it('adds @resources where a step says nothing', () => {
    expect(lineFor('local', [], { cpuCores: 1.5, memoryMiB: 512 })).toBe(
      '@resources(cpu=1.5, memory=512)',
    );
  });

  it('never writes a name that Python could not have', () => {
    const decorators = [resources({ 'cpu)\nimport os': 1, cpu: 4 })];
    expect(lineFor('local', decorators, { cpuCores: 1 })).toBe('@resources(cpu=1)');
  });

  it('says when a compiled flow must be deployed again', () => {
    const result = decoratorLine({
      backend: 'step-functions',
      decorators: [resources({ memory: 8000 })],
      change: { memoryMiB: 1024 },
    });
    expect(result).toHaveProperty('note', 'Takes effect when the flow is deployed again.');
  });

  it('says what would work where no line is proven to have the effect', () => {
    const decorators = [
      resources({ cpu: 'two', memory: 8000 }),
      { name: 'kubernetes', attributes: { cpu: 2 } },
    ];
    const result = decoratorLine({
      backend: 'kubernetes',
      decorators,
      change: { memoryMiB: 1000 },
    });
    expect(result).toEqual({
      kind: 'no-effect',
      detail:
        "No decorator line makes kubernetes ask for these values, since an attribute of the step's " +
        'decorators is not a plain number. Write cpu, memory and gpu as numbers, then they can be changed.',
    });
  });
});

describe('any line', () => {
  it('makes the backend ask for at least what is suggested, within rounding, and changes nothing else', () => {
    fc.assert(
      fc.property(arbitrarySetup, arbitraryChange, ({ backend, decorators }, change) => {
        const before = effectiveRequest(backend, decorators);
        const result = decoratorLine({ backend, decorators, change });
        expect(result.kind).toBe('line');
        if (result.kind !== 'line') return;

        // The proof goes through the text: what the line says is read back, not what was meant.
        const written = readLine(result.line);
        const kept = decorators.filter(
          ({ name }) => name !== written.name && !(result.note ?? '').includes(`Remove @${name}`),
        );
        const after = effectiveRequest(backend, [...kept, written]);
        const unitMiB = backendRules(backend).memoryUnitMiB;
        const wanted = { ...before, ...change };
        expect(after.memoryMiB ?? 0).toBeGreaterThanOrEqual((wanted.memoryMiB ?? 0) - 1e-6);
        expect(after.memoryMiB ?? 0).toBeLessThanOrEqual((wanted.memoryMiB ?? 0) + unitMiB + 1e-6);
        expect(after.cpuCores ?? 0).toBe(wanted.cpuCores ?? 0);
        expect(after.gpuCount ?? 0).toBe(wanted.gpuCount ?? 0);
        expect(written.attributes['image']).toEqual(expectedImage(decorators, written.name));
      }),
      { numRuns: 500 },
    );
  });
});

function expectedImage(decorators: readonly DeclaredDecorator[], name: string): unknown {
  const own = decorators.find((decorator) => decorator.name === name)?.attributes;
  return own?.['image'];
}

/** Reads `@name(key=value, …)` whose values are JSON. */
function readLine(line: string): DeclaredDecorator {
  const [, name = '', body = ''] = /^@(\w+)\((.*)\)$/s.exec(line) ?? [];
  const attributes: Record<string, unknown> = {};
  for (const [, key = '', text = ''] of body.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|[^,]+)/gs)) {
    attributes[key] = JSON.parse(text);
  }
  return { name, attributes };
}
