import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { Value } from 'typebox/value';
import { parse } from 'yaml';

import {
  PartialPolicy,
  Policy,
  type PolicyDocument,
  type PolicyField,
  type ScopedPolicy,
} from '../model/policy.ts';
import { nearestWord } from './nearest-word.ts';
import { scopeName } from './resolve-policy.ts';

export interface PolicyScope {
  readonly flow?: string;
  readonly step?: string;
}

type PolicyValue = NonNullable<Policy[PolicyField]>;

/** One difference between two documents; `exclude` where a glob came or went. Absent: nothing is said there. */
export interface PolicyDifference {
  readonly scope: string;
  readonly field: PolicyField | 'exclude';
  readonly from?: PolicyValue;
  readonly to?: PolicyValue;
}

/**
 * Reads a scope as people type it: `*` for the project, `FLOW`, `FLOW/STEP`, and with a star for the flow, a
 * step of that name in any flow.
 *
 * @throws {StepfitError} `invalid-input` for anything else.
 */
export function parseScope(text: string): PolicyScope {
  const [flow = '', step, ...rest] = text.split('/');
  if (flow === '' || step === '' || rest.length > 0) {
    throw new StepfitError('invalid-input', `"${text}" is not what a policy can be for.`, {
      hint: 'Write * for the project, FLOW, FLOW/STEP, or */STEP for a step of any flow.',
    });
  }
  return { ...(flow !== '*' && { flow }), ...(step !== undefined && step !== '*' && { step }) };
}

/**
 * Reads `FIELD=VALUE`; no value behind the sign means that the field is not said any more.
 *
 * @throws {StepfitError} `invalid-input` for an unknown field or a value that the schema refuses.
 */
export function parseAssignment(text: string): { field: PolicyField; value: unknown } {
  const [, field = '', raw = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (!isField(field)) {
    const nearest = nearestWord(field || text, Object.keys(Policy.properties));
    throw new StepfitError('invalid-input', `"${text}" sets no field of a policy.`, {
      hint:
        nearest === undefined
          ? 'Write FIELD=VALUE; docs/policies.md lists the fields.'
          : `Did you mean ${nearest}=…?`,
    });
  }
  if (raw === '') return { field, value: undefined };
  const value = parse(raw) as unknown;
  const [problem] = Value.Errors(PartialPolicy, { [field]: value });
  if (problem === undefined) return { field, value };
  const allowed = 'allowedValues' in problem.params ? problem.params.allowedValues : undefined;
  const words = allowed === undefined ? problem.message : `must be one of ${allowed.join(', ')}`;
  throw new StepfitError('invalid-input', `${field} ${words}, not ${raw}.`, {
    hint: 'docs/policies.md says what each field takes.',
  });
}

function isField(name: string): name is PolicyField {
  return name in Policy.properties;
}

/** The document with these fields of one scope changed; a scope that says nothing any more goes. */
export function withFields(
  { exclude, policies }: PolicyDocument,
  scope: PolicyScope,
  assignments: readonly { readonly field: PolicyField; readonly value: unknown }[],
): PolicyDocument {
  const name = scopeName(scope);
  const before = policies.find((scoped) => scopeName(scoped) === name)?.policy ?? {};
  const fields = new Map<string, unknown>(Object.entries(before));
  for (const { field, value } of assignments) {
    if (value === undefined) fields.delete(field);
    else fields.set(field, value);
  }
  const others = policies.filter((scoped) => scopeName(scoped) !== name);
  const policy: PartialPolicy = Object.fromEntries(fields);
  return { exclude, policies: fields.size === 0 ? others : [...others, { ...scope, policy }] };
}

/**
 * What is in force once a file has been pushed: the scopes that it names as it has them, the others as they
 * were, its globs beside those there are. With `isPruning`, the file alone.
 */
export function pushed(
  current: PolicyDocument,
  file: PolicyDocument,
  isPruning: boolean,
): PolicyDocument {
  if (isPruning) return file;
  const named = new Set(file.policies.map(scopeName));
  const kept = current.policies.filter((scoped) => !named.has(scopeName(scoped)));
  return {
    exclude: [...new Set([...current.exclude, ...file.exclude])],
    policies: [...kept, ...file.policies],
  };
}

/** Every field that one document says otherwise than the other, by scope. */
export function differencesBetween(from: PolicyDocument, to: PolicyDocument): PolicyDifference[] {
  const globs = [
    ...from.exclude.filter((glob) => !to.exclude.includes(glob)).map((glob) => ({ from: glob })),
    ...to.exclude.filter((glob) => !from.exclude.includes(glob)).map((glob) => ({ to: glob })),
  ];
  const before = byScope(from.policies);
  const after = byScope(to.policies);
  const scopes = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return [
    ...globs.map((glob) => ({ scope: '*', field: 'exclude' as const, ...glob })),
    ...scopes.flatMap((scope) =>
      fieldDifferences(scope, before.get(scope) ?? {}, after.get(scope) ?? {}),
    ),
  ];
}

function fieldDifferences(
  scope: string,
  before: PartialPolicy,
  after: PartialPolicy,
): PolicyDifference[] {
  const fields = Object.keys({ ...before, ...after }) as PolicyField[];
  return fields
    .filter((field) => before[field] !== after[field])
    .map((field) => ({
      scope,
      field,
      ...(before[field] !== undefined && { from: before[field] }),
      ...(after[field] !== undefined && { to: after[field] }),
    }));
}

function byScope(policies: readonly ScopedPolicy[]): Map<string, PartialPolicy> {
  return new Map(policies.map((scoped) => [scopeName(scoped), scoped.policy]));
}
