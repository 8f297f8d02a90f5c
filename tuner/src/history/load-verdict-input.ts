import type { Store } from '@stepfit/collector/db/open-store';
import { sql } from 'kysely';

import type { Prices } from '../model/prices.ts';
import type { StoredVerdict } from '../model/stored-verdict.ts';
import type { StepInput } from '../suggestion/decide-step.ts';
import { loadBasis } from '../suggestion/verdict-basis.ts';
import { loadHistory } from './load-history.ts';
import { loadStepInput } from './load-step-input.ts';
import type { StepKey } from './step-key.ts';

export interface VerdictInput {
  readonly input: StepInput;
  /** Absent where the tuner has not looked at the step yet. */
  readonly verdict?: StoredVerdict;
}

/**
 * What the tuner's last verdict on a step rested on: the policy, the prices, the project's facts and the
 * networks as they were then, and the attempts as they are now. Where there is no verdict yet, everything as
 * it is now.
 *
 * @throws {StepfitError} `invalid-input` when a stored policy is not one.
 */
export async function loadVerdictInput(
  db: Store['db'],
  key: StepKey,
  prices: Prices,
): Promise<VerdictInput> {
  const found = await findVerdict(db, key);
  if (found === undefined) return { input: await loadStepInput(db, key, prices) };
  const basis = await loadBasis(db, key.project, found.basisIds);
  const { policy } = basis;
  if (policy === undefined) return { input: await loadStepInput(db, key, prices) };
  const history = await loadHistory(db, key, policy.historyAttempts);
  const { flow, step } = key;
  return {
    input: { flow, step, history, prices, ...basis, policy },
    verdict: found.verdict,
  };
}

async function findVerdict(
  db: Store['db'],
  { project, flow, step }: StepKey,
): Promise<{ readonly verdict: StoredVerdict; readonly basisIds: readonly string[] } | undefined> {
  const row = await db
    .selectFrom('step')
    .select(['verdict_id', 'basis_ids', 'tuned_at', 'tune_due_at'])
    .select(
      sql<boolean>`exists (
        select from attempt
        where attempt.project = step.project and attempt.flow = step.flow and attempt.step = step.step
          and outcome is not null and settled_at is null
      )`.as('has_unsettled'),
    )
    .where('project', '=', project)
    .where('flow', '=', flow)
    .where('step', '=', step)
    .executeTakeFirst();
  if (row === undefined || row.verdict_id === null || row.tuned_at === null) return undefined;
  return {
    verdict: {
      verdictId: row.verdict_id,
      at: row.tuned_at.toISOString(),
      isPending: row.tune_due_at !== null || row.has_unsettled,
    },
    basisIds: row.basis_ids ?? [],
  };
}
