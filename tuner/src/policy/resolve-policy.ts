import {
  DEFAULT_POLICY,
  type PartialPolicy,
  type Policy,
  type PolicyDocument,
  type PolicyField,
  type ScopedPolicy,
} from '../model/policy.ts';
import { coversStep } from './glob.ts';

export interface StepName {
  readonly flow: string;
  readonly step: string;
}

/** From the least to the most specific: what a later one says wins. */
export const POLICY_SOURCES = [
  'default',
  'project',
  'exclude',
  'step-name',
  'flow',
  'step',
] as const;
export type PolicySource = (typeof POLICY_SOURCES)[number];

/** One place that says something about a step. */
export interface PolicyLayer {
  readonly source: PolicySource;
  /** As people write it: see {@link scopeName}; or the glob. */
  readonly scope: string;
  readonly policy: PartialPolicy;
}

/** Where the value of a field comes from, and what it overrides, the most specific first. */
export interface ResolvedField {
  readonly field: PolicyField;
  readonly value: NonNullable<Policy[PolicyField]>;
  readonly source: PolicySource;
  readonly scope: string;
  readonly overridden: readonly Omit<ResolvedField, 'field' | 'overridden'>[];
}

/**
 * Everything that is said about a step, the least specific first: the default, the project, the globs of
 * `exclude`, the step's name in any flow, the flow, the step.
 */
export function layersOf(document: PolicyDocument, name: StepName): PolicyLayer[] {
  const glob = document.exclude.find((pattern) => coversStep(pattern, name));
  const layers: PolicyLayer[] = [
    { source: 'default', scope: 'built in', policy: DEFAULT_POLICY },
    ...(glob === undefined
      ? []
      : [{ source: 'exclude', scope: glob, policy: { excluded: true } } as const]),
    ...document.policies.filter((scoped) => covers(scoped, name)).map(toLayer),
  ];
  return layers.toSorted((a, b) => rank(a) - rank(b));
}

/** The policy of a step: the most specific wins, field by field. */
export function resolvePolicy(document: PolicyDocument, name: StepName): Policy {
  return layersOf(document, name).reduce<Policy>(
    (merged, { policy }) => ({ ...merged, ...policy }),
    DEFAULT_POLICY,
  );
}

/** Every field of a step's policy with where its value comes from. */
export function explainPolicy(document: PolicyDocument, name: StepName): ResolvedField[] {
  const layers = layersOf(document, name).toReversed();
  const fields = Object.keys({ ...DEFAULT_POLICY, owner: '' }) as PolicyField[];
  return fields.flatMap((field) => {
    const [first, ...overridden] = layers.flatMap(({ source, scope, policy }) => {
      const value = policy[field];
      return value === undefined ? [] : [{ value, source, scope }];
    });
    return first === undefined ? [] : [{ field, ...first, overridden }];
  });
}

function covers(scoped: ScopedPolicy, { flow, step }: StepName): boolean {
  return (scoped.flow ?? flow) === flow && (scoped.step ?? step) === step;
}

function toLayer(scoped: ScopedPolicy): PolicyLayer {
  return { source: sourceOf(scoped), scope: scopeName(scoped), policy: scoped.policy };
}

function sourceOf({ flow, step }: ScopedPolicy): PolicySource {
  if (flow === undefined) return step === undefined ? 'project' : 'step-name';
  return step === undefined ? 'flow' : 'step';
}

function rank({ source }: PolicyLayer): number {
  return POLICY_SOURCES.indexOf(source);
}

/** A scope as people write it: `FLOW/STEP`, with a star for any flow, and `*` alone for the project. */
export function scopeName({ flow, step }: { flow?: string; step?: string }): string {
  if (step === undefined) return flow ?? '*';
  return `${flow ?? '*'}/${step}`;
}
