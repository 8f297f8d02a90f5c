import { loadVerdictInput } from '@stepfit/tuner/history/load-verdict-input';
import type { StepKey } from '@stepfit/tuner/history/step-key';

import type { ApiContext } from '../http/api-context.ts';
import type { StepHistory } from '../http/schemas/history.ts';
import { findStep } from './step-repository.ts';

/**
 * All that the tuner's last verdict on a step rested on, with the attempts as they are now.
 *
 * @throws {StepfitError} `not-found` when no attempt of that step ever arrived.
 */
export async function readStepHistory(
  { store, prices }: ApiContext,
  key: StepKey,
): Promise<StepHistory> {
  await findStep(store.db, key);
  const { input, verdict } = await loadVerdictInput(store.db, key, prices);
  const { flow, step, history, nets, ...basis } = input;
  return {
    project: key.project,
    flow,
    step,
    basis: { ...basis, ...(nets && { nets: [...nets] }) },
    ...(verdict && { verdict }),
    attempts: [...history],
  };
}
