import type { Store } from '@stepfit/collector/db/open-store';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { Value } from 'typebox/value';

import type { StepKey } from '../history/step-key.ts';
import { PartialPolicy, type Policy } from '../model/policy.ts';
import { mergePolicies, type ScopedPolicy } from './merge-policy.ts';

/**
 * The policy of a step: stored ones over the default, the most specific winning.
 *
 * @throws {StepfitError} `invalid-input` when a stored policy is not one.
 */
export async function loadPolicy(db: Store['db'], key: StepKey): Promise<Policy> {
  const rows = await db
    .selectFrom('policy')
    .select(['flow', 'step', 'body'])
    .where('project', '=', key.project)
    .where('flow', 'in', ['', key.flow])
    .where('step', 'in', ['', key.step])
    .execute();
  return mergePolicies(rows.map(toScopedPolicy));
}

function toScopedPolicy({
  flow,
  step,
  body,
}: {
  flow: string;
  step: string;
  body: unknown;
}): ScopedPolicy {
  if (!Value.Check(PartialPolicy, body)) {
    const [problem] = Value.Errors(PartialPolicy, body);
    throw new StepfitError(
      'invalid-input',
      `The stored policy for flow "${flow || 'any'}", step "${step || 'any'}" is not valid: ${problem?.message ?? 'unknown field'}.`,
      { hint: 'Correct or delete that policy; until then its steps are not tuned.' },
    );
  }
  return { flow, step, policy: body };
}
