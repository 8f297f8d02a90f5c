import { effectiveRequest, KUBERNETES_DEFAULTS } from '@stepfit/tuner/backend/effective-request';
import type { DeclaredDecorator } from '@stepfit/tuner/model/attempt-usage';
import { describe, expect, it } from 'vitest';

const MB_IN_MIB = 1_000_000 / 1_048_576;

function resources(attributes: Record<string, unknown>): DeclaredDecorator {
  return { name: 'resources', attributes };
}
function kubernetes(attributes: Record<string, unknown> = {}): DeclaredDecorator {
  return { name: 'kubernetes', attributes };
}
function operators(attributes: Record<string, unknown>): DeclaredDecorator {
  return { name: KUBERNETES_DEFAULTS, attributes };
}
function batch(attributes: Record<string, unknown> = {}): DeclaredDecorator {
  return { name: 'batch', attributes };
}

describe('effectiveRequest on Kubernetes', () => {
  // Each row was measured on Metaflow's own code.
  it.each([
    ['@resources below the default changes nothing', [resources({ memory: 1000 })], 1, 4096],
    [
      'the default of @resources raises @kubernetes',
      [resources({ cpu: 2 }), kubernetes({ memory: 1000 })],
      2,
      4096,
    ],
    ['@kubernetes alone goes below the default', [kubernetes({ memory: 1000 })], 1, 1000],
    [
      'both set: the larger',
      [kubernetes({ memory: 1000, cpu: 0.5 }), resources({ memory: 500 })],
      1,
      1000,
    ],
    ['values as text, as after a merge', [kubernetes({ memory: '8000.0', cpu: '2' })], 2, 8000],
    ['zero is raised to the default', [resources({ memory: 0 })], 1, 4096],
    ['nothing said: the defaults', [], 1, 4096],
    ['an operator’s defaults', [operators({ memory: 600, cpu: 2 })], 2, 600],
    [
      'an operator’s defaults are those of @kubernetes, not of @resources',
      [operators({ memory: 600 }), resources({ memory: 700 })],
      1,
      700,
    ],
    [
      'what @resources does not set has Metaflow’s default still',
      [operators({ memory: 600 }), resources({ cpu: 2 })],
      2,
      4096,
    ],
    [
      'what @kubernetes sets goes before an operator’s default',
      [operators({ memory: 9000 }), kubernetes({ memory: 1000 })],
      1,
      1000,
    ],
  ])('%s', (_, decorators, cpuCores, memoryMB) => {
    expect(effectiveRequest('kubernetes', decorators)).toEqual({
      cpuCores,
      memoryMiB: memoryMB * MB_IN_MIB,
    });
    expect(effectiveRequest('argo-workflows', decorators)).toEqual(
      effectiveRequest('kubernetes', decorators),
    );
  });

  it('lets the GPU count of @resources override, zero included', () => {
    const gpus = [{ gpu: 2 }, { gpu: 0 }, {}].map(
      (asked) =>
        effectiveRequest('kubernetes', [resources(asked), kubernetes({ gpu: 4 })]).gpuCount,
    );
    expect(gpus).toEqual([2, 0, 4]);
  });
});

describe('effectiveRequest on Batch', () => {
  it.each([
    ['@resources goes below the default', [resources({ memory: 1000 })], 1, 1000],
    [
      'the default of @resources raises @batch',
      [resources({ cpu: 2 }), batch({ memory: 1000 })],
      2,
      4096,
    ],
    ['@batch alone', [batch({ memory: 1000 })], 1, 1000],
    ['nothing said: the defaults', [batch()], 1, 4096],
  ])('%s', (_, decorators, cpuCores, memoryMiB) => {
    expect(effectiveRequest('batch', decorators)).toMatchObject({ cpuCores, memoryMiB });
    expect(effectiveRequest('step-functions', decorators)).toEqual(
      effectiveRequest('batch', decorators),
    );
  });

  it('asks for the larger GPU count', () => {
    const decorators = [resources({ gpu: 0 }), batch({ gpu: 4 })];
    expect(effectiveRequest('batch', decorators).gpuCount).toBe(4);
  });
});

describe('effectiveRequest elsewhere', () => {
  it('is what @resources says, in MiB, and no more', () => {
    expect(effectiveRequest('local', [resources({ cpu: 8 })])).toEqual({ cpuCores: 8 });
    expect(effectiveRequest('command', [resources({ memory: 512, gpu: 1 })])).toEqual({
      memoryMiB: 512,
      gpuCount: 1,
    });
    expect(effectiveRequest('local', [])).toEqual({});
  });
});

it('leaves out what is not a number', () => {
  expect(effectiveRequest('batch', [batch({ memory: '4Gi', cpu: 2 })])).toEqual({ cpuCores: 2 });
});
