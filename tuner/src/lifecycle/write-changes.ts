import { createHash } from 'node:crypto';

import type { Database } from '@stepfit/collector/db/tables';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { sql, type Transaction } from 'kysely';

import type { StepKey } from '../history/step-key.ts';
import type { Rollout, Suggestion, SuggestionBody, SuggestionState } from '../model/suggestion.ts';
import type { Change } from './change.ts';
import { type SuggestionEvent, transition } from './transition.ts';

type Tx = Transaction<Database>;

/** Who did it, when, and why. */
export interface Stamp {
  readonly actor: string;
  readonly at: Date;
  readonly note?: string;
}

/**
 * Writes what became of a step's suggestions, each change of state with its event, in the caller's
 * transaction, which holds the step's row.
 *
 * @throws {StepfitError} `conflict` when somebody changed one of them at the same time.
 */
export async function writeChanges(
  tx: Tx,
  key: StepKey,
  { changes, actor, at }: { readonly changes: readonly Change[] } & Stamp,
): Promise<void> {
  // One suggestion may change several times here: each change is over what the one before wrote.
  const written = new Map<string, Pick<Suggestion, 'revision' | 'state'>>();
  for (const change of changes) {
    if (change.kind === 'propose') {
      await propose(tx, key, { ...change, actor, at });
      continue;
    }
    const suggestion = { ...change.suggestion, ...written.get(change.suggestion.suggestionId) };
    written.set(
      suggestion.suggestionId,
      await writeChange(tx, { ...change, suggestion }, { actor, at }),
    );
  }
}

type Written = Exclude<Change, { kind: 'propose' }>;

/** Returns what the suggestion is afterwards. */
async function writeChange(
  tx: Tx,
  change: Written,
  stamp: Stamp,
): Promise<Pick<Suggestion, 'revision' | 'state'>> {
  const { suggestion } = change;
  const revision = suggestion.revision + 1;
  const { state } = suggestion;
  if (change.kind === 'move') {
    const { event, note, rollout } = change;
    const to = await moveSuggestion(tx, suggestion, {
      event,
      ...stamp,
      ...(note !== undefined && { note }),
      ...(rollout !== undefined && { rollout }),
    });
    return { revision, state: to };
  }
  if (change.kind === 'rollout') {
    const { rollout, note } = change;
    await update(tx, suggestion, { rollout: JSON.stringify(rollout), updated_at: stamp.at });
    await writeEvent(tx, suggestion, { event: 'rollout', from: state, to: state, ...stamp, note });
  } else if (change.kind === 'stale') {
    const { reason } = change;
    // The first reason stands: what speaks against it now may be told otherwise tomorrow.
    if (reason !== undefined && suggestion.stale !== undefined) return suggestion;
    await update(tx, suggestion, {
      stale_since: reason === undefined ? null : stamp.at,
      stale_reason: reason ?? null,
    });
  } else {
    const { strategy, body } = change;
    await update(tx, suggestion, { strategy, body: JSON.stringify(body), updated_at: stamp.at });
  }
  return { revision, state };
}

export interface Move extends Stamp {
  readonly event: SuggestionEvent;
  /** With `snooze`. */
  readonly until?: Date;
  readonly rollout?: Rollout;
}

/**
 * Takes a suggestion from the state that was read to the one that the event leads to, with its event.
 *
 * @throws {StepfitError} `conflict` when the state does not allow the event, or somebody changed it since.
 */
export async function moveSuggestion(
  tx: Tx,
  suggestion: Suggestion,
  move: Move,
): Promise<SuggestionState> {
  const { event, until, rollout, ...stamp } = move;
  const { state: from } = suggestion;
  const to = transition(from, event);
  if (to === undefined) throw notAllowed(suggestion, event);
  await update(tx, suggestion, {
    state: to,
    updated_at: stamp.at,
    snoozed_until: until ?? null,
    ...(rollout !== undefined && { rollout: JSON.stringify(rollout) }),
    ...(event === 'reopen' && { stale_since: null, stale_reason: null, rollout: null }),
  });
  await writeEvent(tx, suggestion, { event, from, to, ...stamp });
  return to;
}

interface Columns {
  state?: SuggestionState;
  strategy?: string;
  body?: string;
  updated_at?: Date;
  snoozed_until?: Date | null;
  stale_since?: Date | null;
  stale_reason?: string | null;
  rollout?: string | null;
}

async function update(tx: Tx, suggestion: Suggestion, columns: Columns): Promise<void> {
  const { project, suggestionId, revision } = suggestion;
  const { numUpdatedRows } = await tx
    .updateTable('suggestion')
    .set({ ...columns, revision: revision + 1 })
    .where('project', '=', project)
    .where('suggestion_id', '=', suggestionId)
    .where('revision', '=', revision)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw changedMeanwhile(suggestionId);
}

async function propose(
  tx: Tx,
  key: StepKey,
  { strategy, body, actor, at }: { strategy: string; body: SuggestionBody } & Stamp,
): Promise<void> {
  const suggestionId = await nextSuggestionId(tx, key);
  await tx
    .insertInto('suggestion')
    .values({
      ...key,
      suggestion_id: suggestionId,
      state: 'proposed',
      strategy,
      created_at: at,
      updated_at: at,
      body: JSON.stringify(body),
    })
    .execute();
  const { project } = key;
  await writeEvent(tx, { project, suggestionId }, { event: 'propose', to: 'proposed', actor, at });
}

async function writeEvent(
  tx: Tx,
  { project, suggestionId }: Pick<Suggestion, 'project' | 'suggestionId'>,
  event: Stamp & {
    readonly event: SuggestionEvent | 'propose' | 'rollout';
    readonly from?: SuggestionState;
    readonly to: SuggestionState;
  },
): Promise<void> {
  const { at, actor, from, to, note } = event;
  await sql`
    insert into suggestion_event
      (project, suggestion_id, sequence, event, at, actor, from_state, to_state, note)
    select ${project}, ${suggestionId}, coalesce(max(sequence), 0) + 1, ${event.event},
      ${at.toISOString()}::timestamptz, ${actor}, ${from ?? null}, ${to}, ${note ?? null}
    from suggestion_event
    where project = ${project} and suggestion_id = ${suggestionId}`.execute(tx);
}

/**
 * The n-th suggestion of a step always has the same id: short, without randomness, and not to be mistaken
 * for another step's. The step's row is locked, so nobody counts at the same time.
 */
async function nextSuggestionId(tx: Tx, { project, flow, step }: StepKey): Promise<string> {
  const { count } = await tx
    .selectFrom('suggestion')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('project', '=', project)
    .where('flow', '=', flow)
    .where('step', '=', step)
    .executeTakeFirstOrThrow();
  const name = JSON.stringify([project, flow, step, count + 1]);
  return createHash('sha256').update(name).digest('hex').slice(0, ID_LENGTH);
}

/** 48 bits: among a million suggestions of a project, two meet with a chance of 1 in 500; then the insert fails. */
const ID_LENGTH = 12;

function changedMeanwhile(suggestionId: string): StepfitError {
  return new StepfitError('conflict', `Suggestion ${suggestionId} changed since it was read.`, {
    hint: 'Read it again and decide afresh.',
  });
}

function notAllowed({ suggestionId, state }: Suggestion, event: SuggestionEvent): StepfitError {
  return new StepfitError(
    'conflict',
    `Suggestion ${suggestionId} is ${state}, which ${event} does not follow.`,
    { hint: 'docs/life-cycle.md has what follows what; `stepfit suggest` shows what is open now.' },
  );
}
