import type { Store } from '@stepfit/collector/db/open-store';

import type { Prices } from '../model/prices.ts';
import type { ProjectFacts } from '../model/project-facts.ts';
import type { ProjectNet } from '../model/project-net.ts';
import { loadPolicy } from '../policy/load-policy.ts';
import { statesSeveral } from '../quantile-net/network-shadow.ts';
import type { StepInput } from '../suggestion/decide-step.ts';
import { loadHistory } from './load-history.ts';
import { loadProjectFacts } from './load-project-facts.ts';
import type { StepKey } from './step-key.ts';

/** Where to take what steps of a project have in common; a pass over many steps reads it once. */
export interface ProjectSources {
  readonly factsOf?: (project: string) => Promise<ProjectFacts>;
  /** Absent: no network is asked. */
  readonly netsOf?: (project: string) => Promise<readonly ProjectNet[]>;
}

/**
 * Everything that a verdict on a step rests on as the store has it now: the tuner decides by it, and whoever
 * asks for it can decide again.
 *
 * @throws {StepfitError} `invalid-input` when a stored policy is not one.
 */
export async function loadStepInput(
  db: Store['db'],
  key: StepKey,
  prices: Prices,
  { factsOf, netsOf }: ProjectSources = {},
): Promise<StepInput> {
  const { project, flow, step } = key;
  const policy = await loadPolicy(db, key);
  const history = await loadHistory(db, key, policy.historyAttempts);
  const projectFacts = await (factsOf?.(project) ?? loadProjectFacts(db, project));
  const isAsked = history.some(({ features }) => statesSeveral(features));
  const nets = isAsked ? ((await netsOf?.(project)) ?? []) : [];
  return {
    flow,
    step,
    history,
    policy,
    prices,
    projectFacts,
    ...(nets.length > 0 && { nets }),
  };
}
