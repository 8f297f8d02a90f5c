import { createHash } from 'node:crypto';

import type { Database } from '@stepfit/collector/db/tables';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { sql, type Transaction } from 'kysely';

import type { StepKey } from '../history/step-key.ts';
import type { Suggestion, SuggestionBody, SuggestionState, Verdict } from '../model/suggestion.ts';
import { currentSuggestion } from './suggestion-repository.ts';
import { transition } from './transition.ts';

type Tx = Transaction<Database>;

const ACTOR = 'tuner';

export interface VerdictToRecord {
  readonly key: StepKey;
  readonly verdict: Verdict;
  readonly at: Date;
}

/**
 * Makes the verdict the step's suggestion, in the caller's transaction, which holds the step's row.
 *
 * The same values again only refresh the evidence, and the suggestion keeps its id. Other values, or none,
 * supersede what was proposed. Each change of state writes its event.
 *
 * @throws {StepfitError} `conflict` when somebody changed the suggestion's state at the same time.
 */
export async function recordVerdict(tx: Tx, { key, verdict, at }: VerdictToRecord): Promise<void> {
  const proposed = await currentSuggestion(tx, key);
  if (verdict.kind === 'skip') {
    const note = `${verdict.code}: ${verdict.detail}`;
    if (proposed !== undefined) await supersede(tx, proposed, at, note);
    return;
  }
  const { kind: _, strategy, ...body } = verdict;
  if (proposed !== undefined && isSameChange(proposed, body)) {
    await refresh(tx, proposed, { strategy, body, at });
    return;
  }
  if (proposed !== undefined) await supersede(tx, proposed, at, 'other values are suggested now');
  await propose(tx, key, { strategy, body, at });
}

/** What people would do about it is the same: the evidence and the savings may have moved. */
function isSameChange(proposed: SuggestionBody, body: SuggestionBody): boolean {
  return (
    proposed.backend === body.backend &&
    proposed.suggested.cpuCores === body.suggested.cpuCores &&
    proposed.suggested.memoryMiB === body.suggested.memoryMiB &&
    proposed.suggested.gpuCount === body.suggested.gpuCount
  );
}

interface Written {
  readonly strategy: string;
  readonly body: SuggestionBody;
  readonly at: Date;
}

async function refresh(
  tx: Tx,
  { project, suggestionId }: Suggestion,
  { strategy, body, at }: Written,
): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('suggestion')
    .set({ strategy, body: JSON.stringify(body), updated_at: at })
    .where('project', '=', project)
    .where('suggestion_id', '=', suggestionId)
    .where('state', '=', 'proposed')
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw changedMeanwhile(suggestionId);
}

async function propose(tx: Tx, key: StepKey, { strategy, body, at }: Written): Promise<void> {
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
  await writeEvent(tx, { project: key.project, suggestionId, at, to: 'proposed' });
}

async function supersede(
  tx: Tx,
  { project, suggestionId, state }: Suggestion,
  at: Date,
  note: string,
): Promise<void> {
  const to = transition(state, 'supersede');
  if (to === undefined) throw changedMeanwhile(suggestionId);
  const { numUpdatedRows } = await tx
    .updateTable('suggestion')
    .set({ state: to, updated_at: at })
    .where('project', '=', project)
    .where('suggestion_id', '=', suggestionId)
    .where('state', '=', state)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw changedMeanwhile(suggestionId);
  await writeEvent(tx, { project, suggestionId, at, from: state, to, note });
}

async function writeEvent(
  tx: Tx,
  event: {
    readonly project: string;
    readonly suggestionId: string;
    readonly at: Date;
    readonly from?: SuggestionState;
    readonly to: SuggestionState;
    readonly note?: string;
  },
): Promise<void> {
  const { project, suggestionId, at, from, to, note } = event;
  await sql`
    insert into suggestion_event (project, suggestion_id, sequence, at, actor, from_state, to_state, note)
    select ${project}, ${suggestionId}, coalesce(max(sequence), 0) + 1, ${at.toISOString()}::timestamptz,
      ${ACTOR}, ${from ?? null}, ${to}, ${note ?? null}
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
  return new StepfitError(
    'conflict',
    `Suggestion ${suggestionId} changed while its step was being tuned.`,
    { hint: 'Nothing to do: the step is tuned again soon.' },
  );
}
