import type { Store } from '@stepfit/collector/db/open-store';
import type { Database, SuggestionTable } from '@stepfit/collector/db/tables';
import { type Selectable, type SqlBool, sql, type Transaction } from 'kysely';

import type { StepKey } from '../history/step-key.ts';
import type {
  Rollout,
  Suggestion,
  SuggestionBody,
  SuggestionEventRecord,
  SuggestionState,
} from '../model/suggestion.ts';

type Db = Store['db'];

export interface SuggestionFilter {
  readonly project: string;
  readonly flow?: string;
  readonly step?: string;
  readonly state?: SuggestionState;
  readonly limit: number;
  /** Position of the last suggestion of the page before. */
  readonly after?: Pick<Suggestion, 'createdAt' | 'suggestionId'>;
}

/** Suggestions, newest first; of equal age by id. */
export async function listSuggestions(db: Db, filter: SuggestionFilter): Promise<Suggestion[]> {
  let query = db
    .selectFrom('suggestion')
    .selectAll()
    .where('project', '=', filter.project)
    .orderBy('created_at', 'desc')
    .orderBy('suggestion_id', 'desc')
    .limit(filter.limit);
  if (filter.flow !== undefined) query = query.where('flow', '=', filter.flow);
  if (filter.step !== undefined) query = query.where('step', '=', filter.step);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.after !== undefined) {
    const { createdAt, suggestionId } = filter.after;
    query = query.where(
      sql<SqlBool>`(created_at, suggestion_id) < (${createdAt}::timestamptz, ${suggestionId})`,
    );
  }
  return (await query.execute()).map(toSuggestion);
}

/** Undefined where the project has no suggestion of that id. */
export async function findSuggestion(
  db: Db | Transaction<Database>,
  { project, suggestionId }: { readonly project: string; readonly suggestionId: string },
): Promise<Suggestion | undefined> {
  const row = await db
    .selectFrom('suggestion')
    .selectAll()
    .where('project', '=', project)
    .where('suggestion_id', '=', suggestionId)
    .executeTakeFirst();
  return row === undefined ? undefined : toSuggestion(row);
}

/** Long enough for everything that may still count, however often a step was dismissed. */
const MOST_LIVE = 50;

/** A step's suggestions, newest first, without those that others have superseded. */
export async function liveSuggestions(
  db: Db | Transaction<Database>,
  { project, flow, step }: StepKey,
): Promise<Suggestion[]> {
  const rows = await db
    .selectFrom('suggestion')
    .selectAll()
    .where('project', '=', project)
    .where('flow', '=', flow)
    .where('step', '=', step)
    .where('state', '<>', 'superseded')
    .orderBy('created_at', 'desc')
    .orderBy('suggestion_id', 'desc')
    .limit(MOST_LIVE)
    .execute();
  return rows.map(toSuggestion);
}

/** The suggestion that a step has now: what is proposed, else what was accepted; there is at most one of each. */
export async function currentSuggestion(
  db: Db | Transaction<Database>,
  key: StepKey,
): Promise<Suggestion | undefined> {
  const live = await liveSuggestions(db, key);
  return (
    live.find(({ state }) => state === 'proposed') ?? live.find(({ state }) => state === 'accepted')
  );
}

/** Suggestions of a flow in any of these states, newest first. */
export async function suggestionsOfFlow(
  db: Db,
  { project, flow }: Pick<StepKey, 'project' | 'flow'>,
  states: readonly SuggestionState[],
): Promise<Suggestion[]> {
  const rows = await db
    .selectFrom('suggestion')
    .selectAll()
    .where('project', '=', project)
    .where('flow', '=', flow)
    .where('state', 'in', [...states])
    .orderBy('created_at', 'desc')
    .orderBy('suggestion_id', 'desc')
    .execute();
  return rows.map(toSuggestion);
}

/** Those of these ids that the project has, in no order. */
export async function findSuggestions(
  db: Db,
  project: string,
  suggestionIds: readonly string[],
): Promise<Suggestion[]> {
  if (suggestionIds.length === 0) return [];
  const rows = await db
    .selectFrom('suggestion')
    .selectAll()
    .where('project', '=', project)
    .where('suggestion_id', 'in', suggestionIds)
    .execute();
  return rows.map(toSuggestion);
}

/** Suggestions that have taken effect at some time, on all attempts or on a share, newest first. */
export async function listAppliedSuggestions(
  db: Db,
  { project, flow }: { readonly project: string; readonly flow?: string },
): Promise<Suggestion[]> {
  let query = db
    .selectFrom('suggestion')
    .selectAll()
    .where('project', '=', project)
    .where(
      sql<SqlBool>`(rollout is not null or exists (
        select 1 from suggestion_event e
        where e.project = suggestion.project and e.suggestion_id = suggestion.suggestion_id
          and e.to_state = 'applied'))`,
    )
    .orderBy('created_at', 'desc')
    .orderBy('suggestion_id', 'desc')
    .limit(MOST_APPLIED);
  if (flow !== undefined) query = query.where('flow', '=', flow);
  return (await query.execute()).map(toSuggestion);
}

/** A ledger of more would not be read. */
const MOST_APPLIED = 1000;

/** What happened to a suggestion, oldest first. */
export async function listEvents(
  db: Db,
  { project, suggestionId }: { readonly project: string; readonly suggestionId: string },
): Promise<SuggestionEventRecord[]> {
  const rows = await db
    .selectFrom('suggestion_event')
    .selectAll()
    .where('project', '=', project)
    .where('suggestion_id', '=', suggestionId)
    .orderBy('sequence')
    .execute();
  return rows.map(({ sequence, event, at, actor, from_state: from, to_state: to, note }) => ({
    sequence,
    event,
    at: at.toISOString(),
    actor,
    ...(from !== null && { from: from as SuggestionState }),
    to: to as SuggestionState,
    ...(note !== null && { note }),
  }));
}

/** The body was written by the tuner, so its shape is that of `SuggestionBody`. */
function toSuggestion({ body, ...row }: Selectable<SuggestionTable>): Suggestion {
  return {
    suggestionId: row.suggestion_id,
    project: row.project,
    flow: row.flow,
    step: row.step,
    state: row.state as SuggestionState,
    strategy: row.strategy,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    revision: row.revision,
    ...(row.snoozed_until !== null && { snoozedUntil: row.snoozed_until.toISOString() }),
    ...(row.stale_since !== null && {
      stale: { since: row.stale_since.toISOString(), reason: row.stale_reason ?? '' },
    }),
    ...(row.rollout !== null && { rollout: row.rollout as Rollout }),
    ...(body as SuggestionBody),
  };
}
