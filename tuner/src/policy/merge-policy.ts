import { DEFAULT_POLICY, type PartialPolicy, type Policy } from '../model/policy.ts';

/** A stored policy and what it is for: an empty flow means any flow, an empty step any step. */
export interface ScopedPolicy {
  readonly flow: string;
  readonly step: string;
  readonly policy: PartialPolicy;
}

/** The default overridden by the project's, the step name's, the flow's and the step's policy, field by field. */
export function mergePolicies(policies: readonly ScopedPolicy[]): Policy {
  return policies
    .toSorted((a, b) => specificity(a) - specificity(b))
    .reduce<Policy>((merged, { policy }) => ({ ...merged, ...policy }), DEFAULT_POLICY);
}

function specificity({ flow, step }: ScopedPolicy): number {
  return (flow === '' ? 0 : 2) + (step === '' ? 0 : 1);
}
