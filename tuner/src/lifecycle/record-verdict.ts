import type { Database } from '@stepfit/collector/db/tables';
import type { Transaction } from 'kysely';

import type { StepKey } from '../history/step-key.ts';
import { realisedSavings } from '../ledger/realised.ts';
import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import type { Verdict } from '../model/suggestion.ts';
import { liveSuggestions } from '../suggestion/suggestion-repository.ts';
import { followUp } from './follow-up.ts';
import { pauseOf } from './pauses.ts';
import { advanceRollout, type RolloutInput } from './rollout.ts';
import { type Standing, standingOf } from './standing.ts';
import { writeChanges } from './write-changes.ts';

/** In events: what was observed and not decided by a person. */
const TUNER = 'tuner';

export interface VerdictToRecord {
  readonly key: StepKey;
  readonly verdict: Verdict;
  readonly history: readonly AttemptUsage[];
  readonly policy: Policy;
  readonly prices: Prices;
  readonly at: Date;
}

/**
 * Writes what a verdict and the attempts behind it mean for the step's suggestions, and why the step has no
 * proposal where it has none, in the caller's transaction, which holds the step's row. In mode `auto`, what
 * stands then is tried, promoted or rolled back, unless somebody paused that.
 *
 * @throws {StepfitError} `conflict` when somebody changed a suggestion at the same time.
 */
export async function recordVerdict(
  tx: Transaction<Database>,
  { key, verdict, history, policy, prices, at }: VerdictToRecord,
): Promise<void> {
  const nowMs = at.getTime();
  const isPaused = (await pauseOf(tx, key)) !== undefined;
  const before = standingOf(await liveSuggestions(tx, key));
  const { changes, skip } = followUp({
    standing: before,
    verdict,
    history,
    policy,
    nowMs,
    isPaused,
  });
  await writeChanges(tx, key, { changes, actor: TUNER, at });
  const standing = standingOf(await liveSuggestions(tx, key));
  const tried = isPaused
    ? { changes: [], hold: undefined }
    : advanceRollout({
        standing,
        history,
        policy,
        nowMs,
        ...savedSoFar(standing, history, prices),
      });
  await writeChanges(tx, key, { changes: tried.changes, actor: TUNER, at });
  const why = skip ?? tried.hold;
  await tx
    .updateTable('step')
    .set({ skip_code: why?.code ?? null, skip_detail: why?.detail ?? null })
    .where('project', '=', key.project)
    .where('flow', '=', key.flow)
    .where('step', '=', key.step)
    .execute();
}

/** What a trial has saved among the attempts at hand; nothing where none takes effect at launch. */
function savedSoFar(
  { inForce }: Standing,
  history: readonly AttemptUsage[],
  prices: Prices,
): Pick<RolloutInput, 'realised'> {
  if (inForce?.rollout === undefined) return {};
  const { previous } = inForce.rollout;
  const saved = realisedSavings(inForce, history, prices, previous)?.entry.realised.costUsd;
  return saved === undefined ? {} : { realised: saved };
}
