import type { Store } from '@stepfit/collector/db/open-store';
import type { Database } from '@stepfit/collector/db/tables';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Transaction } from 'kysely';

import type { Suggestion } from '../model/suggestion.ts';
import { findSuggestion, liveSuggestions } from '../suggestion/suggestion-repository.ts';
import { type Move, moveSuggestion } from './write-changes.ts';

/** What people may say about a suggestion. `apply`: the values are in the source, or will be at once. */
export const DECISIONS = ['accept', 'dismiss', 'snooze', 'reopen', 'apply'] as const;
export type Decision = (typeof DECISIONS)[number];

export interface DecisionInput {
  readonly project: string;
  readonly suggestionId: string;
  readonly decision: Decision;
  readonly actor: string;
  readonly reason?: string;
  /** With `snooze`: when it is proposed again. */
  readonly until?: Date;
  /** The revision that was read; absent: whatever it is now. */
  readonly expectedRevision?: number;
  readonly at: Date;
}

/**
 * Carries out what somebody decided about a suggestion, with who and why, in one transaction that holds the
 * step: the tuner cannot write another word meanwhile. The step is looked at again afterwards.
 *
 * @throws {StepfitError} `not-found`; `conflict` when the state does not allow it, somebody changed it since,
 *   or another suggestion is proposed by now; `invalid-input` for a snooze that ends in the past.
 */
export async function decideSuggestion(db: Store['db'], input: DecisionInput): Promise<Suggestion> {
  const { project, suggestionId, decision, until, at } = input;
  if (decision === 'snooze' && (until === undefined || until <= at)) {
    throw new StepfitError('invalid-input', 'A snooze needs a time to come at which it ends.', {
      hint: 'Give `until`, for example --for 14d.',
    });
  }
  return db.transaction().execute(async (tx) => {
    const suggestion = await lockSuggestion(tx, input);
    const { flow, step } = suggestion;
    const move: Move = {
      event: decision,
      actor: input.actor,
      at,
      ...(input.reason !== undefined && { note: input.reason }),
      ...(decision === 'snooze' && until !== undefined && { until }),
    };
    if (decision === 'reopen') await startAfresh(tx, suggestion, move);
    if (decision === 'accept' || decision === 'apply') await replaceOthers(tx, suggestion, move);
    await moveSuggestion(tx, suggestion, move);
    await tx
      .updateTable('step')
      .set({ tune_due_at: at })
      .where('project', '=', project)
      .where('flow', '=', flow)
      .where('step', '=', step)
      .execute();
    const decided = await findSuggestion(tx, { project, suggestionId });
    return decided ?? suggestion;
  });
}

async function lockSuggestion(
  tx: Transaction<Database>,
  { project, suggestionId, expectedRevision }: DecisionInput,
): Promise<Suggestion> {
  const named = await findSuggestion(tx, { project, suggestionId });
  if (named === undefined) {
    throw new StepfitError('not-found', `Project ${project} has no suggestion ${suggestionId}.`, {
      hint: '`stepfit suggest` and GET /api/v1/suggestions list those there are.',
    });
  }
  await tx
    .selectFrom('step')
    .select('step')
    .where('project', '=', project)
    .where('flow', '=', named.flow)
    .where('step', '=', named.step)
    .forUpdate()
    .execute();
  // What was read before the step was held may have changed while waiting for it.
  const suggestion = (await findSuggestion(tx, { project, suggestionId })) ?? named;
  if (expectedRevision !== undefined && expectedRevision !== suggestion.revision) {
    const { state, revision } = suggestion;
    throw new StepfitError(
      'conflict',
      `Suggestion ${suggestionId} is ${state} now, at revision ${revision}, not ${expectedRevision}.`,
      { hint: 'Read it again and decide afresh.' },
    );
  }
  return suggestion;
}

/** A step has one proposal at a time, and what was rolled back before does not count against a new try. */
async function startAfresh(
  tx: Transaction<Database>,
  { suggestionId, ...key }: Suggestion,
  { actor, at }: Move,
): Promise<void> {
  const others = (await liveSuggestions(tx, key)).filter(
    (one) => one.suggestionId !== suggestionId,
  );
  const proposed = others.find(({ state }) => state === 'proposed');
  if (proposed !== undefined) {
    throw new StepfitError(
      'conflict',
      `Suggestion ${proposed.suggestionId} is proposed for ${key.flow}/${key.step} by now.`,
      { hint: 'Accept or dismiss that one: it is made from newer attempts.' },
    );
  }
  for (const one of others.filter(({ state }) => state === 'rolled-back')) {
    const note = `suggestion ${suggestionId} is open again`;
    await moveSuggestion(tx, one, { event: 'supersede', actor, at, note });
  }
}

/** What is accepted replaces what was accepted before; what is applied replaces what was in force. */
async function replaceOthers(
  tx: Transaction<Database>,
  { suggestionId, ...key }: Suggestion,
  { event, actor, at }: Move,
): Promise<void> {
  const replaced = event === 'accept' ? ['accepted'] : ['accepted', 'applied', 'verified'];
  for (const other of await liveSuggestions(tx, key)) {
    if (other.suggestionId === suggestionId || !replaced.includes(other.state)) continue;
    const note = `suggestion ${suggestionId} replaces it`;
    await moveSuggestion(tx, other, { event: 'supersede', actor, at, note });
  }
}
