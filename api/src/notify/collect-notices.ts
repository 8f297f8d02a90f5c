import type { Store } from '@stepfit/collector/db/open-store';
import type { Mode } from '@stepfit/tuner/model/policy';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import { loadPolicies } from '@stepfit/tuner/policy/load-policy';
import { resolvePolicy } from '@stepfit/tuner/policy/resolve-policy';
import { findSuggestions, listSuggestions } from '@stepfit/tuner/suggestion/suggestion-repository';
import { sql } from 'kysely';

import { describeChange } from '../format/words.ts';
import type { Digest, EventNotice, Notice, NoticeLine } from './messages.ts';

type Db = Store['db'];

/** A notice with the name under which it is delivered once. */
export interface Subject {
  readonly subject: string;
  readonly notice: Notice;
}

/** What is told at once: everything that takes effect or is taken back without a person. */
const TOLD_EVENTS = ['apply', 'verify', 'roll-back'];
/** What could not be delivered for so long is no news any more. */
const NEWS_MS = 3 * 86_400_000;
const WEEK_MS = 7 * 86_400_000;
const MOST_SUGGESTIONS = 500;

/** What has happened lately without a person, and what newer attempts contradict. */
export async function eventNotices(db: Db, project: string, now: Date): Promise<Subject[]> {
  const since = new Date(now.getTime() - NEWS_MS);
  const happened = await tunerEvents(db, project, since);
  // A trial that is contradicted ends by itself.
  const contradicted = (await waiting(db, project)).filter(
    ({ stale, rollout }) =>
      rollout === undefined && stale !== undefined && stale.since >= since.toISOString(),
  );
  const responsibleFor = await responsible(db, project);
  function notice(suggestion: Suggestion, event: string, at: string, note?: string): EventNotice {
    const { owner } = responsibleFor(suggestion);
    return {
      type: 'stepfit.event',
      project,
      event,
      at,
      ...(owner !== undefined && { owner }),
      line: lineOf(suggestion, note),
    };
  }
  return [
    ...happened.map(({ suggestion, event, sequence, at, note }) => ({
      subject: `event:${suggestion.suggestionId}:${sequence}`,
      notice: notice(suggestion, event, at, note),
    })),
    ...contradicted.flatMap((suggestion) => {
      const { stale, suggestionId } = suggestion;
      if (stale === undefined) return [];
      const subject = `stale:${suggestionId}:${stale.since}`;
      return [{ subject, notice: notice(suggestion, 'stale', stale.since, stale.reason) }];
    }),
  ];
}

/** The week of each owner who has something to do; nothing for the others. */
export async function weeklyDigests(db: Db, project: string, now: Date): Promise<Subject[]> {
  const responsibleFor = await responsible(db, project);
  // In mode auto nobody has to do anything.
  const open = (await waiting(db, project)).filter(
    (one) =>
      (one.state === 'proposed' || one.stale !== undefined) &&
      one.rollout === undefined &&
      responsibleFor(one).mode !== 'auto',
  );
  if (open.length === 0) return [];
  const happened = await tunerEvents(db, project, new Date(now.getTime() - WEEK_MS));
  const byOwner = Map.groupBy(open, (one) => responsibleFor(one).owner ?? NOBODY);
  return [...byOwner].map(([owner, suggestions]) => {
    const digest: Digest = {
      type: 'stepfit.digest',
      project,
      owner,
      toDo: suggestions
        .toSorted((a, b) => b.savings.costUsdPerRun - a.savings.costUsdPerRun)
        .map((one) => lineOf(one, one.stale?.reason)),
      happened: happened
        .filter(({ suggestion }) => (responsibleFor(suggestion).owner ?? NOBODY) === owner)
        .map(({ suggestion, event, note }) =>
          lineOf(suggestion, note === undefined ? event : `${event}: ${note}`),
        ),
    };
    return { subject: `digest:${weekOf(now)}:${owner}`, notice: digest };
  });
}

/** Whom steps belong to that nobody answers for. */
const NOBODY = 'everybody';

/** The Monday that the week began with, `2026-11-23`: ISO 8601 weeks begin so. */
export function weekOf(now: Date): string {
  const days = (now.getUTCDay() + 6) % 7;
  return new Date(now.getTime() - days * (WEEK_MS / 7)).toISOString().slice(0, 10);
}

/** The newest that wait for somebody or are in force. */
async function waiting(db: Db, project: string): Promise<Suggestion[]> {
  const states = ['proposed', 'accepted', 'applied', 'verified'] as const;
  const lists = await Promise.all(
    states.map(async (state) => listSuggestions(db, { project, state, limit: MOST_SUGGESTIONS })),
  );
  return lists.flat();
}

interface TunerEvent {
  readonly suggestion: Suggestion;
  readonly event: string;
  readonly sequence: number;
  readonly at: string;
  readonly note?: string;
}

async function tunerEvents(db: Db, project: string, since: Date): Promise<TunerEvent[]> {
  const rows = await db
    .selectFrom('suggestion_event')
    .selectAll()
    .where('project', '=', project)
    .where('actor', '=', 'tuner')
    .where('event', 'in', TOLD_EVENTS)
    .where('at', '>=', since)
    .orderBy('at')
    .limit(MOST_SUGGESTIONS)
    .execute();
  if (rows.length === 0) return [];
  const ids = new Set(rows.map((row) => row.suggestion_id));
  const suggestions = await findSuggestions(db, project, [...ids]);
  const byId = new Map(suggestions.map((one) => [one.suggestionId, one]));
  return rows.flatMap(({ suggestion_id: id, event, sequence, at, note }) => {
    const suggestion = byId.get(id);
    if (suggestion === undefined) return [];
    return [{ suggestion, event, sequence, at: at.toISOString(), ...(note !== null && { note }) }];
  });
}

interface Responsible {
  readonly owner?: string;
  readonly mode: Mode;
}

/** Who is told about a step: whom the policy names, else who answered for its newest run. */
async function responsible(
  db: Db,
  project: string,
): Promise<(step: { readonly flow: string; readonly step: string }) => Responsible> {
  const { document } = await loadPolicies(db, project);
  const { rows } = await sql<{ flow: string; step: string; owner: string | null }>`
    select step.flow, step.step, newest.owner from step
    left join lateral (
      select a.owner from attempt a
      where a.project = ${project} and a.flow = step.flow and a.step = step.step
      order by a.ended_at desc, a.attempt_id
      limit 1
    ) newest on true
    where step.project = ${project}`.execute(db);
  const known = new Map(rows.map((row) => [JSON.stringify([row.flow, row.step]), row.owner]));
  return ({ flow, step }) => {
    const { mode, owner } = resolvePolicy(document, { flow, step });
    const named = owner ?? known.get(JSON.stringify([flow, step])) ?? undefined;
    return { mode, ...(named !== undefined && { owner: named }) };
  };
}

function lineOf(suggestion: Suggestion, note?: string): NoticeLine {
  const { flow, step, suggestionId, effective, suggestedEffective, savings, rollout } = suggestion;
  const from = rollout?.previous ?? effective;
  const to = rollout?.plan.first ?? suggestedEffective;
  return {
    flow,
    step,
    suggestionId,
    change: describeChange(from, to),
    costUsdPerRun: savings.costUsdPerRun,
    ...(note !== undefined && { note }),
  };
}
