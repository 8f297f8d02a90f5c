import type { FieldLine } from '@stepfit/tuner/policy/policy-file';

import type { StepPolicy } from '../http/schemas/policies.ts';

type Field = StepPolicy['fields'][number];
type Said = Field['overridden'][number];

/** `stepfit.yaml:12` where the file says what is in force; `server` where only that does; nothing for a default. */
interface Placed {
  readonly place?: string;
}

export interface PlacedPolicy extends Omit<StepPolicy, 'fields'> {
  readonly fields: readonly (Omit<Field, 'overridden'> &
    Placed & { readonly overridden: readonly (Said & Placed)[] })[];
}

/** A step's policy with the line of the file that says each value, as far as the file says what is in force. */
export function withPlaces(
  policy: StepPolicy,
  path: string,
  lines: readonly FieldLine[],
): PlacedPolicy {
  function placed<One extends Said>(field: string, said: One): One & Placed {
    if (said.source === 'default') return said;
    const found = lines.find(
      (one) => one.scope === said.scope && one.field === field && one.value === said.value,
    );
    return { ...said, place: found === undefined ? 'server' : `${path}:${found.line}` };
  }
  return {
    ...policy,
    fields: policy.fields.map((one) => ({
      ...placed(one.field, one),
      overridden: one.overridden.map((said) => placed(one.field, said)),
    })),
  };
}
