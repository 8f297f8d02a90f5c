import type { StepKey } from '@stepfit/tuner/history/step-key';
import { loadPolicy } from '@stepfit/tuner/policy/load-policy';
import { currentSuggestion } from '@stepfit/tuner/suggestion/suggestion-repository';

import type { ApiContext } from '../http/api-context.ts';
import type { StepExplanation } from '../http/schemas/steps.ts';
import { findStep, recentAttempts } from './step-repository.ts';

/** Enough to see a pattern, few enough to read. */
const RECENT_ATTEMPTS = 20;

/**
 * Everything known about one step: the tuner's word and its proof, the policy in force, what the step asks
 * for now and its newest attempts.
 *
 * @throws {StepfitError} `not-found` when no attempt of that step ever arrived.
 */
export async function explainStep(
  { store, prices }: ApiContext,
  key: StepKey,
): Promise<StepExplanation> {
  const { db } = store;
  const [step, policy, recent, suggestion] = await Promise.all([
    findStep(db, key),
    loadPolicy(db, key),
    recentAttempts(db, key, RECENT_ATTEMPTS),
    currentSuggestion(db, key),
  ]);
  return {
    ...step,
    current: recent.current,
    policy,
    recentAttempts: recent.attempts,
    prices: { name: prices.name, isExample: prices.isExample },
    ...(suggestion !== undefined && { suggestion }),
  };
}
