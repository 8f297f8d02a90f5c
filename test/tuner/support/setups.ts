import { backendRules } from '@stepfit/tuner/backend/effective-request';
import type { DeclaredDecorator, ResourceAmounts } from '@stepfit/tuner/model/attempt-usage';
import * as fc from 'fast-check';

export interface Setup {
  readonly backend: string;
  readonly decorators: readonly DeclaredDecorator[];
}

const amount = fc.integer({ min: 1, max: 40_000 });

const resourcesAttributes = fc.record(
  {
    cpu: fc.integer({ min: 1, max: 64 }),
    memory: amount,
    gpu: fc.integer({ min: 0, max: 8 }),
    shared_memory: amount,
  },
  { requiredKeys: [] },
);

const computeAttributes = fc
  .tuple(resourcesAttributes, fc.option(fc.string(), { nil: undefined }))
  .map(([attributes, image]) => (image === undefined ? attributes : { ...attributes, image }));

/** A backend with the decorators that a step for it may have, in any combination. */
export const arbitrarySetup: fc.Arbitrary<Setup> = fc
  .constantFrom('kubernetes', 'argo-workflows', 'batch', 'step-functions', 'local', 'command')
  .chain((backend) => {
    const { computeDecorator } = backendRules(backend);
    return fc.record({
      backend: fc.constant(backend),
      decorators: fc
        .tuple(
          optional(decorator('resources', resourcesAttributes)),
          computeDecorator === undefined
            ? fc.constant(undefined)
            : optional(decorator(computeDecorator, computeAttributes)),
        )
        .map((decorators) => decorators.filter((one) => one !== undefined)),
    });
  });

/** What a suggestion may change. */
export const arbitraryChange: fc.Arbitrary<ResourceAmounts> = fc.record(
  {
    cpuCores: fc.integer({ min: 1, max: 96 }),
    memoryMiB: fc.integer({ min: 2, max: 1000 }).map((steps) => steps * 64),
    gpuCount: fc.constant(0),
  },
  { requiredKeys: [] },
);

function decorator(
  name: string,
  attributes: fc.Arbitrary<Record<string, unknown>>,
): fc.Arbitrary<DeclaredDecorator> {
  return attributes.map((set) => ({ name, attributes: set }));
}

function optional<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.option(value, { nil: undefined });
}
