import type { DeclaredDecorator, ResourceAmounts } from '../model/attempt-usage.ts';
import {
  attributesOf,
  type BackendRules,
  backendRules,
  DEFAULTS,
  effectiveRequest,
  KUBERNETES_DEFAULTS,
} from './effective-request.ts';
import { pythonLiteral, writeDecorator } from './python-literal.ts';

export interface LineInput {
  readonly backend: string;
  /** The step's resource decorators as written. */
  readonly decorators: readonly DeclaredDecorator[];
  /** The amounts to change; the others stay as they are. */
  readonly change: ResourceAmounts;
}

export type LineResult =
  | {
      readonly kind: 'line';
      readonly line: string;
      readonly note?: string;
      /** What the backend is asked for once the line is in the source. */
      readonly effective: ResourceAmounts;
      /** The step's resource decorators once the line is in the source, and what it replaces is not. */
      readonly decorators: readonly DeclaredDecorator[];
    }
  | { readonly kind: 'no-effect'; readonly detail: string };

interface Candidate {
  readonly name: string;
  readonly attributes: DeclaredDecorator['attributes'];
  /** The step's decorators with the line in place. */
  readonly decorators: readonly DeclaredDecorator[];
  readonly note?: string;
}

/**
 * The one decorator line that makes the backend ask for `change`.
 *
 * Which decorator that is depends on the backend's merge rules, so each way of writing it is tried, the
 * least intrusive first, and the first is taken that `effectiveRequest` proves: every changed amount is
 * at least what is wanted and within rounding of it, and every other amount is what it was.
 */
export function decoratorLine(input: LineInput): LineResult {
  const rules = backendRules(input.backend);
  const before = effectiveRequest(input.backend, input.decorators);
  for (const candidate of candidates(input, rules, before)) {
    const effective = effectiveRequest(input.backend, candidate.decorators);
    if (!hasEffect(effective, before, input.change, rules)) continue;
    const note = noteFor(input.backend, rules, candidate);
    return {
      kind: 'line',
      line: writeDecorator(candidate.name, candidate.attributes),
      ...(note === undefined ? {} : { note }),
      effective,
      decorators: candidate.decorators,
    };
  }
  return {
    kind: 'no-effect',
    detail:
      `No decorator line makes ${input.backend} ask for these values, since an attribute of the step's ` +
      'decorators is not a plain number. Write cpu, memory and gpu as numbers, then they can be changed.',
  };
}

function* candidates(
  { decorators, change }: LineInput,
  rules: BackendRules,
  before: ResourceAmounts,
): Generator<Candidate> {
  const changed = attributesFor(change, rules);
  const resources = attributesOf(decorators, 'resources');
  const { computeDecorator } = rules;
  const compute =
    computeDecorator === undefined ? undefined : attributesOf(decorators, computeDecorator);

  if (resources !== undefined || compute === undefined) {
    const attributes = { ...resources, ...changed };
    yield {
      name: 'resources',
      attributes,
      decorators: replaced(decorators, 'resources', attributes),
    };
  }
  if (computeDecorator === undefined) return;
  const pins =
    compute === undefined
      ? ` In the source, @${computeDecorator} sends the step there without --with ${computeDecorator} too.`
      : '';

  const mergeNote = mergeNoteOf(computeDecorator, decorators);
  const attributes = { ...compute, ...changed };
  yield {
    name: computeDecorator,
    attributes,
    decorators: replaced(decorators, computeDecorator, attributes),
    note: `${mergeNote}${pins}`,
  };

  if (resources === undefined) return;
  const asked = attributesFor(before, rules);
  const all = {
    ...asked,
    ...compute,
    ...carriedOver(computeDecorator, resources, compute),
    ...asked,
    ...changed,
  };
  yield {
    name: computeDecorator,
    attributes: all,
    decorators: replaced(
      decorators.filter(({ name }) => name !== 'resources'),
      computeDecorator,
      all,
    ),
    note: `${mergeNote} Remove @resources from the step: what it does not set still counts with its defaults.${pins}`,
  };
}

function mergeNoteOf(
  computeDecorator: 'kubernetes' | 'batch',
  decorators: readonly DeclaredDecorator[],
): string {
  if (computeDecorator === 'batch') {
    return 'Batch is asked for the larger of @resources and @batch.';
  }
  const larger = 'Kubernetes is asked for the larger of @resources and @kubernetes';
  const operators = attributesOf(decorators, KUBERNETES_DEFAULTS);
  if (operators === undefined) {
    return `${larger}, and both default to cpu=1, memory=4096 (MB): a smaller @resources alone changes nothing.`;
  }
  const { cpu, memory } = { ...DEFAULTS, ...operators };
  return (
    `${larger}. @resources defaults to cpu=1, memory=4096 (MB), and @kubernetes to ` +
    `cpu=${pythonLiteral(cpu)}, memory=${pythonLiteral(memory)}, as METAFLOW_KUBERNETES_CPU and _MEMORY say.`
  );
}

/** Backends that run a compiled copy of the flow. */
const DEPLOYED: ReadonlySet<string> = new Set(['argo-workflows', 'step-functions']);

function noteFor(backend: string, rules: BackendRules, { note }: Candidate): string | undefined {
  if (rules.computeDecorator !== undefined) {
    if (!DEPLOYED.has(backend)) return note;
    const deploy = 'Takes effect when the flow is deployed again.';
    return note === undefined ? deploy : `${note} ${deploy}`;
  }
  return (
    'Memory in MiB, as AWS Batch reads it. Runs on this machine ignore @resources; on Kubernetes a value ' +
    'below memory=4096 or cpu=1 works only in @kubernetes.'
  );
}

/** Metaflow's default for `@kubernetes(disk=…)`, MB; `@resources` has none. */
const DEFAULT_DISK = 10_240;

/** What `@resources` says besides cpu, memory and gpu, as the compute decorator's own merge takes it. */
function carriedOver(
  computeDecorator: 'kubernetes' | 'batch',
  resources: DeclaredDecorator['attributes'],
  compute: DeclaredDecorator['attributes'] = {},
): Record<string, unknown> {
  const sharedMemory = resources['shared_memory'];
  const disk = Number(resources['disk'] ?? 0);
  const isLargerDisk =
    computeDecorator === 'kubernetes' && disk > Number(compute['disk'] ?? DEFAULT_DISK);
  return {
    ...(sharedMemory === undefined || sharedMemory === null ? {} : { shared_memory: sharedMemory }),
    ...(isLargerDisk ? { disk } : {}),
  };
}

/** `cpu`, `memory` and `gpu` in the backend's units: memory in whole units, rounded up. */
export function attributesFor(
  { cpuCores, memoryMiB, gpuCount }: ResourceAmounts,
  { memoryUnitMiB }: BackendRules,
): Record<string, number> {
  return {
    ...(cpuCores === undefined ? {} : { cpu: Math.ceil(cpuCores * 1000 - SLACK) / 1000 }),
    ...(memoryMiB === undefined ? {} : { memory: Math.ceil(memoryMiB / memoryUnitMiB - SLACK) }),
    ...(gpuCount === undefined ? {} : { gpu: gpuCount }),
  };
}

/** What division by a unit may leave of a whole number. */
const SLACK = 1e-6;

/** Whether the amounts to change are asked for, to within the backend's rounding, and the others as before. */
export function hasEffect(
  after: ResourceAmounts,
  before: ResourceAmounts,
  change: ResourceAmounts,
  { memoryUnitMiB }: BackendRules,
): boolean {
  const rounding = { cpuCores: 0.001, memoryMiB: memoryUnitMiB, gpuCount: 0 };
  return (['cpuCores', 'memoryMiB', 'gpuCount'] as const).every((key) => {
    const wanted = change[key] ?? before[key] ?? 0;
    const got = after[key] ?? 0;
    return got >= wanted - SLACK && got <= wanted + rounding[key] + SLACK;
  });
}

function replaced(
  decorators: readonly DeclaredDecorator[],
  name: string,
  attributes: DeclaredDecorator['attributes'],
): DeclaredDecorator[] {
  return [...decorators.filter((decorator) => decorator.name !== name), { name, attributes }];
}
