import type { Store } from '@stepfit/collector/db/open-store';
import type { FailureBound } from '@stepfit/tuner/model/evidence';
import type { SuggestionBody, SuggestionState } from '@stepfit/tuner/model/suggestion';
import { sql } from 'kysely';

import type { Inbox, InboxItem, InboxQuery } from '../http/schemas/inbox.ts';
import { firstDay } from '../report/build-report.ts';
import { rolledSince } from '../report/report-rows.ts';

/** What a suggestion would have freed is told over so many days: long enough for a monthly flow. */
const WINDOW_DAYS = 30;

interface InboxRow {
  readonly suggestion_id: string;
  readonly flow: string;
  readonly step: string;
  readonly state: SuggestionState;
  readonly revision: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly snoozed_until: Date | null;
  readonly stale_reason: string | null;
  readonly summary: Omit<SuggestionBody, 'evidence'>;
  readonly bound: FailureBound | null;
  readonly runs: number;
  readonly cost_usd: number;
  /** Rows there are, those beyond the limit included. */
  readonly total: number;
}

/** Suggestions of one state by what they would have freed in the last 30 days, most first. */
export async function readInbox(db: Store['db'], query: InboxQuery, now: Date): Promise<Inbox> {
  const [rows, counts] = await Promise.all([
    readRows(db, query, firstDay(now, WINDOW_DAYS)),
    db
      .selectFrom('suggestion')
      .select(({ fn }) => ['state', fn.countAll<string>().as('suggestions')])
      .where('project', '=', query.project)
      .groupBy('state')
      .execute(),
  ]);
  return {
    items: rows.map(toItem),
    counts: Object.fromEntries(
      counts.map(({ state, suggestions }) => [state, Number(suggestions)]),
    ),
    omitted: (rows[0]?.total ?? 0) - rows.length,
  };
}

async function readRows(
  db: Store['db'],
  { project, flow, owner, backend, state, limit }: InboxQuery,
  sinceDay: string,
): Promise<readonly InboxRow[]> {
  const ofFlow = flow === undefined ? sql`` : sql`and s.flow = ${flow}`;
  const onBackend = backend === undefined ? sql`` : sql`and s.summary ->> 'backend' = ${backend}`;
  const ofOwner =
    owner === undefined
      ? sql``
      : sql`and ${owner} = (
          select a.owner from attempt a
          where a.project = ${project} and a.flow = s.flow and a.step = s.step
          order by a.ended_at desc, a.attempt_id
          limit 1)`;
  const { rows } = await sql<InboxRow>`
    with recent as (
      select flow, step, sum(runs)::int as runs from ${rolledSince(project, sinceDay)}
      group by flow, step
    )
    select s.suggestion_id, s.flow, s.step, s.state, s.revision, s.created_at, s.updated_at,
      s.snoozed_until, s.stale_reason, s.summary, s.bound, coalesce(recent.runs, 0) as runs,
      coalesce(recent.runs, 0) * (s.summary -> 'savings' ->> 'costUsdPerRun')::float8 as cost_usd,
      (count(*) over ())::int as total
    from suggestion s
    left join recent on recent.flow = s.flow and recent.step = s.step
    where s.project = ${project} and s.state = ${state} ${ofFlow} ${onBackend} ${ofOwner}
    order by cost_usd desc, s.flow, s.step, s.created_at desc
    limit ${limit}`.execute(db);
  return rows;
}

function toItem(row: InboxRow): InboxItem {
  const { summary, bound } = row;
  return {
    suggestionId: row.suggestion_id,
    flow: row.flow,
    step: row.step,
    state: row.state,
    revision: row.revision,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    ...(row.snoozed_until !== null && { snoozedUntil: row.snoozed_until.toISOString() }),
    ...(row.stale_reason !== null && { staleReason: row.stale_reason }),
    effective: summary.effective,
    suggested: summary.suggestedEffective,
    decoratorLine: summary.decoratorLine,
    savings: summary.savings,
    runs: row.runs,
    costUsd: row.cost_usd,
    ...(bound !== null && {
      failures: bound.failures,
      attempts: bound.attempts,
      upperBound: bound.upperBound,
    }),
  };
}
