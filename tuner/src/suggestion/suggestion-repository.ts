import type { Store } from '@stepfit/collector/db/open-store';
import type { Database, SuggestionTable } from '@stepfit/collector/db/tables';
import { type Selectable, type SqlBool, sql, type Transaction } from 'kysely';

import type { StepKey } from '../history/step-key.ts';
import type { Suggestion, SuggestionBody, SuggestionState } from '../model/suggestion.ts';

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
  db: Db,
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

/** The suggestion proposed for a step now; a step has at most one. */
export async function currentSuggestion(
  db: Db | Transaction<Database>,
  { project, flow, step }: StepKey,
): Promise<Suggestion | undefined> {
  const row = await db
    .selectFrom('suggestion')
    .selectAll()
    .where('project', '=', project)
    .where('flow', '=', flow)
    .where('step', '=', step)
    .where('state', '=', 'proposed')
    .executeTakeFirst();
  return row === undefined ? undefined : toSuggestion(row);
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
    ...(body as SuggestionBody),
  };
}
