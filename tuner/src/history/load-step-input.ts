import type { Store } from '@stepfit/collector/db/open-store';

import type { Prices } from '../model/prices.ts';
import { loadPolicy } from '../policy/load-policy.ts';
import type { StepInput } from '../suggestion/decide-step.ts';
import { loadHistory } from './load-history.ts';
import type { StepKey } from './step-key.ts';

/**
 * Everything that a verdict on a step rests on, read from the store: the tuner decides by it, and whoever
 * asks for it can decide again.
 *
 * @throws {StepfitError} `invalid-input` when a stored policy is not one.
 */
export async function loadStepInput(
  db: Store['db'],
  key: StepKey,
  prices: Prices,
): Promise<StepInput> {
  const policy = await loadPolicy(db, key);
  const history = await loadHistory(db, key, policy.historyAttempts);
  return { flow: key.flow, step: key.step, history, policy, prices };
}
