import { loadStepInput } from '@stepfit/tuner/history/load-step-input';
import type { StepKey } from '@stepfit/tuner/history/step-key';

import type { ApiContext } from '../http/api-context.ts';
import type { StepHistory } from '../http/schemas/history.ts';
import { findStep } from './step-repository.ts';

/**
 * All that the tuner's verdict on a step rests on, read as the tuner reads it.
 *
 * @throws {StepfitError} `not-found` when no attempt of that step ever arrived.
 */
export async function readStepHistory(
  { store, prices }: ApiContext,
  key: StepKey,
): Promise<StepHistory> {
  await findStep(store.db, key);
  const { flow, step, history, ...basis } = await loadStepInput(store.db, key, prices);
  return { project: key.project, flow, step, basis, attempts: [...history] };
}
