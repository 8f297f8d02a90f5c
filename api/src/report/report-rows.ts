import type { Store } from '@stepfit/collector/db/open-store';
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
 * Conditions on `step_day` for the steps that a filter chooses, each starting with `and`. What a step's newest
 * attempt says is looked up by index, once for each step.
 */
export function chosenSteps({ project, flow, backend, owner }: ReportWindow): RawBuilder<unknown> {
  const ofFlow = flow === undefined ? sql`` : sql`and step_day.flow = ${flow}`;
  if (backend === undefined && owner === undefined) return ofFlow;
  const onBackend = backend === undefined ? sql`` : sql`and newest.backend = ${backend}`;
  const ofOwner = owner === undefined ? sql`` : sql`and newest.owner = ${owner}`;
  return sql`${ofFlow} and (step_day.flow, step_day.step) in (
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
      select flow, step,
        sum(attempts)::int as attempts, sum(runs)::int as runs, sum(succeeded)::int as succeeded,
        sum(failed)::int as failed, sum(oom)::int as oom, sum(lost)::int as lost,
        sum(duration_hours)::float8 as duration_hours,
        sum(requested_gib_hours)::float8 as requested_gib_hours,
        sum(needed_gib_hours)::float8 as needed_gib_hours,
        sum(wasted_gib_hours)::float8 as wasted_gib_hours,
        sum(requested_core_hours)::float8 as requested_core_hours,
        sum(used_core_hours)::float8 as used_core_hours,
        sum(wasted_core_hours)::float8 as wasted_core_hours,
        sum(requested_gpu_hours)::float8 as requested_gpu_hours,
        sum(busy_gpu_hours)::float8 as busy_gpu_hours,
        max(peak_memory_mib)::float8 as peak_memory_mib, max(peak_cores)::float8 as peak_cores
      from step_day
      where step_day.project = ${project} and step_day.day >= ${sinceDay} ${chosenSteps(window)}
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
