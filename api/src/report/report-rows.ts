import type { Store } from '@stepfit/collector/db/open-store';
import { addDays, mondayOf, WEEK_DAYS } from '@stepfit/collector/usage/days';
import { ROLLED_COLUMNS, ROLLED_SUMS } from '@stepfit/collector/usage/rolled-columns';
import type { Prices } from '@stepfit/tuner/model/prices';
import type { Resources } from '@stepfit/tuner/model/suggestion';
import { type RawBuilder, sql } from 'kysely';

/** One step's roll-ups over a window, with the tuner's last word on it. */
export interface StepWindowRow {
  readonly flow: string;
  readonly step: string;
  readonly attempts: number;
  readonly runs: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly oom: number;
  readonly lost: number;
  readonly duration_hours: number;
  readonly requested_gib_hours: number;
  readonly needed_gib_hours: number;
  readonly wasted_gib_hours: number;
  readonly requested_core_hours: number;
  readonly used_core_hours: number;
  readonly wasted_core_hours: number;
  readonly requested_gpu_hours: number;
  readonly busy_gpu_hours: number;
  readonly peak_memory_mib: number | null;
  readonly peak_cores: number | null;
  readonly skip_code: string | null;
  readonly skip_detail: string | null;
  readonly backend: string | null;
  readonly request_cpu_cores: number | null;
  readonly request_memory_mib: number | null;
  readonly request_gpu_count: number | null;
  readonly suggestion_id: string | null;
  readonly suggestion_state: string | null;
  /** Parts of the stored suggestion, not its evidence, which is large. */
  readonly suggested: Resources | null;
  readonly decorator_line: string | null;
  readonly cost_share: number | null;
}

export interface ReportWindow {
  readonly project: string;
  readonly flow?: string;
  /** Where the step's newest attempt ran. */
  readonly backend?: string;
  /** Who answers for the step, by its newest attempt. */
  readonly owner?: string;
  /** First UTC day, `YYYY-MM-DD`. */
  readonly sinceDay: string;
}

/**
 * The roll-ups from a UTC day on as a table `rolled`: those of whole weeks, and of the days before the first of
 * them, so that a year reads a seventh of the rows.
 */
export function rolledSince(project: string, sinceDay: string): RawBuilder<unknown> {
  const firstWeek = mondayFrom(sinceDay);
  return sql`(
    select flow, step, ${ROLLED_COLUMNS} from step_week
    where project = ${project} and week >= ${firstWeek}
    union all
    select flow, step, ${ROLLED_COLUMNS} from step_day
    where project = ${project} and day >= ${sinceDay} and day < ${firstWeek}
  ) as rolled`;
}

/** The first Monday from a UTC day on. */
function mondayFrom(day: string): string {
  const monday = mondayOf(day);
  return monday === day ? day : addDays(monday, WEEK_DAYS);
}

/**
 * Conditions on the columns `flow` and `step` for the steps that a filter chooses, each starting with `and`. What
 * a step's newest attempt says is looked up by index, once for each step.
 */
export function chosenSteps({ project, flow, backend, owner }: ReportWindow): RawBuilder<unknown> {
  const ofFlow = flow === undefined ? sql`` : sql`and flow = ${flow}`;
  if (backend === undefined && owner === undefined) return ofFlow;
  const onBackend = backend === undefined ? sql`` : sql`and newest.backend = ${backend}`;
  const ofOwner = owner === undefined ? sql`` : sql`and newest.owner = ${owner}`;
  return sql`${ofFlow} and (flow, step) in (
    select step.flow, step.step from step cross join lateral (
      select a.backend, a.owner from attempt a
      where a.project = ${project} and a.flow = step.flow and a.step = step.step
      order by a.ended_at desc, a.attempt_id
      limit 1
    ) newest
    where step.project = ${project} ${onBackend} ${ofOwner})`;
}

/** Which steps are to be listed: the worst by these prices. */
export interface Listing {
  readonly prices: Prices;
  readonly limit: number;
}

/**
 * Reads the roll-ups of a window. The only attempt it touches is the newest one of each step that is listed, by
 * index, for what the step asks for today; of steps beyond the limit only the sums are known.
 */
export async function readReportRows(
  db: Store['db'],
  window: ReportWindow,
  { prices, limit }: Listing,
): Promise<readonly StepWindowRow[]> {
  const { project, sinceDay } = window;
  const { rows } = await sql<StepWindowRow>`
    with totals as (
      select flow, step, ${ROLLED_SUMS} 
      from ${rolledSince(project, sinceDay)}
      where true ${chosenSteps(window)}
      group by flow, step
    )
    , ranked as (
      select totals.*, row_number() over (order by
        wasted_gib_hours * ${prices.memoryGibHourUsd}::float8
          + wasted_core_hours * ${prices.cpuCoreHourUsd}::float8
          + greatest(0, requested_gpu_hours - busy_gpu_hours) * ${prices.gpuHourUsd}::float8 desc,
        flow collate "C", step collate "C") <= ${limit} as is_listed
      from totals
    )
    select totals.*, step.skip_code, step.skip_detail, newest.*,
      suggestion.suggestion_id, suggestion.state as suggestion_state,
      suggestion.summary -> 'suggestedEffective' as suggested,
      suggestion.summary ->> 'decoratorLine' as decorator_line,
      (suggestion.summary -> 'savings' ->> 'costShare')::float8 as cost_share
    from ranked totals
    join step on step.project = ${project} and step.flow = totals.flow and step.step = totals.step
    left join lateral (
      select s.suggestion_id, s.state, s.summary from suggestion s
      where totals.is_listed and s.project = ${project} and s.flow = totals.flow and s.step = totals.step
        and s.state in ('proposed', 'accepted')
      order by s.state desc
      limit 1
    ) suggestion on true
    left join lateral (
      select a.backend, a.request_cpu_cores, a.request_memory_mib, a.request_gpu_count
      from attempt a
      where totals.is_listed and a.project = ${project} and a.flow = totals.flow and a.step = totals.step
      order by a.ended_at desc, a.attempt_id
      limit 1
    ) newest on true`.execute(db);
  return rows;
}
