import type { Policy, PolicyDocument, PolicyField } from '../model/policy.ts';
import { resolvePolicy, scopeName } from './resolve-policy.ts';

/** Something that a schema cannot see, and the field to blame. */
export interface PolicyContradiction {
  readonly flow?: string;
  readonly step?: string;
  readonly field: PolicyField;
  readonly message: string;
}

const RANGES = [
  ['memoryFloorMiB', 'memoryCapMiB'],
  ['cpuFloorCores', 'cpuCapCores'],
] as const satisfies readonly (readonly [PolicyField, PolicyField])[];

/** A name that no step has, for the scopes that do not name one. */
const ANY = '';

/** Floors above caps, each at the scope that brings them together, and scopes that are there twice. */
export function contradictionsOf(document: PolicyDocument): PolicyContradiction[] {
  const seen = new Set<string>();
  return document.policies.flatMap(({ flow, step, policy }) => {
    const scope = { ...(flow !== undefined && { flow }), ...(step !== undefined && { step }) };
    const isTwice = seen.has(scopeName(scope));
    seen.add(scopeName(scope));
    const resolved = resolvePolicy(document, { flow: flow ?? ANY, step: step ?? ANY });
    const field = Object.keys(policy)[0] as PolicyField | undefined;
    return [
      ...(isTwice
        ? [{ ...scope, field: field ?? 'mode', message: `${scopeName(scope)} is there twice` }]
        : []),
      ...RANGES.flatMap(([floor, cap]) => {
        if (resolved[floor] <= resolved[cap]) return [];
        if (policy[floor] === undefined && policy[cap] === undefined) return [];
        const blamed = policy[floor] === undefined ? cap : floor;
        return [{ ...scope, field: blamed, message: rangeWords(resolved, floor, cap) }];
      }),
    ];
  });
}

function rangeWords(policy: Policy, floor: PolicyField, cap: PolicyField): string {
  return `${floor} ${String(policy[floor])} is above ${cap} ${String(policy[cap])}`;
}
