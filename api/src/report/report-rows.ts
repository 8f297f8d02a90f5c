import type { Store } from '@stepfit/collector/db/open-store';
import { addDays, mondayOf, WEEK_DAYS } from '@stepfit/collector/usage/days';
import { ROLLED_COLUMNS, ROLLED_SUMS } from '@stepfit/collector/usage/rolled-columns';
import type { Prices } from '@stepfit/tuner/model/prices';
import type { Resources } from '@stepfit/tuner/model/suggestion';
import { type RawBuilder, sql } from 'kysely';

/** What roll-ups of several days come to. */
export interface RolledUp {
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
}

/** One step's roll-ups over a window, with the tuner's last word on it. */
export interface StepWindowRow extends RolledUp {
  readonly flow: string;
  readonly step: string;
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
  /** A suggestion that leaves the request as it is. */
  readonly is_by_features: boolean | null;
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

/** Over every step of a window. */
export interface WindowTotals extends RolledUp {
  readonly flows: number;
  readonly steps: number;
  /** Summed up by step: what one leaves idle is not made up for by another that is busier than it asked for. */
  readonly idle_gpu_hours: number;
}

export interface WindowRows {
  /** The worst first, equals by name. */
  readonly listed: readonly StepWindowRow[];
  /** Undefined where the window is empty. */
  readonly totals?: WindowTotals;
}

/**
 * Reads the roll-ups of a window. The only attempt it touches is the newest one of each step that is listed, by
 * index, for what the step asks for today; of steps beyond the limit only the sums are known.
 */
export async function readReportRows(
  db: Store['db'],
  window: ReportWindow,
  { prices, limit }: Listing,
): Promise<WindowRows> {
  const { project, sinceDay } = window;
  const { rows } = await sql<StepWindowRow & { readonly totals: WindowTotals | null }>`
    with rolled_up as (
      select flow, step, ${ROLLED_SUMS} from ${rolledSince(project, sinceDay)}
      where true ${chosenSteps(window)}
      group by flow, step
    ), totals as (
      select count(distinct flow)::int as flows, count(*)::int as steps,
        sum(greatest(0, requested_gpu_hours - busy_gpu_hours))::float8 as idle_gpu_hours, ${ROLLED_SUMS}
      from rolled_up
    ), worst as (
      select rolled_up.*, row_number() over (order by
        wasted_gib_hours * ${prices.memoryGibHourUsd}::float8
          + wasted_core_hours * ${prices.cpuCoreHourUsd}::float8
          + greatest(0, requested_gpu_hours - busy_gpu_hours) * ${prices.gpuHourUsd}::float8 desc,
        flow collate "C", step collate "C") as place
      from rolled_up
      order by place
      limit ${limit}
    )
    select worst.*, step.skip_code, step.skip_detail, newest.*,
      suggestion.suggestion_id, suggestion.state as suggestion_state,
      suggestion.summary -> 'suggestedEffective' as suggested,
      suggestion.summary ->> 'decoratorLine' as decorator_line,
      suggestion.summary -> 'suggested' = suggestion.summary -> 'effective' as is_by_features,
      (suggestion.summary -> 'savings' ->> 'costShare')::float8 as cost_share,
      case when place = 1 then (select to_jsonb(totals) from totals) end as totals
    from worst
    join step on step.project = ${project} and step.flow = worst.flow and step.step = worst.step
    left join lateral (
      select s.suggestion_id, s.state, s.summary from suggestion s
      where s.project = ${project} and s.flow = worst.flow and s.step = worst.step
        and s.state in ('proposed', 'accepted')
      order by s.state desc
      limit 1
    ) suggestion on true
    left join lateral (
      select a.backend, a.request_cpu_cores, a.request_memory_mib, a.request_gpu_count
      from attempt a
      where a.project = ${project} and a.flow = worst.flow and a.step = worst.step
      order by a.ended_at desc, a.attempt_id
      limit 1
    ) newest on true
    order by place`.execute(db);
  const totals = rows[0]?.totals;
  return { listed: rows, ...(totals && { totals }) };
}
