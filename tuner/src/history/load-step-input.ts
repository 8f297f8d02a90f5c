import type { Store } from '@stepfit/collector/db/open-store';

import type { Prices } from '../model/prices.ts';
import type { ProjectFacts } from '../model/project-facts.ts';
import { loadPolicy } from '../policy/load-policy.ts';
import type { StepInput } from '../suggestion/decide-step.ts';
import { loadHistory } from './load-history.ts';
import { loadProjectFacts } from './load-project-facts.ts';
import type { StepKey } from './step-key.ts';

/**
 * Everything that a verdict on a step rests on, read from the store: the tuner decides by it, and whoever
 * asks for it can decide again. `factsOf` spares a pass over many steps from reading a project's facts each time.
 *
 * @throws {StepfitError} `invalid-input` when a stored policy is not one.
 */
export async function loadStepInput(
  db: Store['db'],
  key: StepKey,
  prices: Prices,
  factsOf: (project: string) => Promise<ProjectFacts> = (project) => loadProjectFacts(db, project),
): Promise<StepInput> {
  const policy = await loadPolicy(db, key);
  const history = await loadHistory(db, key, policy.historyAttempts);
  const projectFacts = await factsOf(key.project);
  return { flow: key.flow, step: key.step, history, policy, prices, projectFacts };
}
