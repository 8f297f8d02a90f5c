import { sql, type Transaction } from 'kysely';

import type { Database } from '../db/tables.ts';
import { addDays, mondayOf, WEEK_DAYS } from './days.ts';
import { ROLLED_COLUMNS, ROLLED_SUMS } from './rolled-columns.ts';

export interface StepIdentity {
  readonly project: string;
  readonly flow: string;
  readonly step: string;
}

/**
 * Computes a step's rows of `step_day` for some UTC days afresh, from the attempts that settled on them, and of
 * `step_week` from those; a day left without attempts loses its row. The caller holds the step's row lock, so that of two replicas the
 * later one sees what the earlier wrote.
 *
 * GiB-hours, core-hours and GPU-hours count only attempts whose request and need are both known, so that
 * requested, needed and wasted are about the same attempts. Waste is never negative: what one attempt lacks
 * does not pay for what another has too much. Tasks that a resumed run cloned were not run: they count nowhere.
 *
 * A settled attempt's day is that of its end, so the index of histories finds a day's attempts, however many
 * the step has had.
 */
export async function rollUpDays(
  tx: Transaction<Database>,
  { project, flow, step }: StepIdentity,
  days: readonly string[],
): Promise<void> {
  await sql`
    delete from step_day
    where project = ${project} and flow = ${flow} and step = ${step}
      and day = any (${days}::text[])`.execute(tx);
  await sql`
    insert into step_day (
      project, flow, step, day, ${ROLLED_COLUMNS})
    select ${project}, ${flow}, ${step}, a.settled_day,
      count(*)::int,
      count(distinct a.run)::int,
      (count(*) filter (where a.outcome = 'succeeded'))::int,
      (count(*) filter (where a.outcome in ('failed', 'timeout')))::int,
      (count(*) filter (where a.outcome = 'oom'))::int,
      (count(*) filter (where a.outcome = 'lost'))::int,
      coalesce(sum(a.hours), 0),
      coalesce(sum(a.request_gib * a.hours) filter (where a.has_memory), 0),
      coalesce(sum(a.peak_gib * a.hours) filter (where a.has_memory), 0),
      coalesce(sum(greatest(a.request_gib - a.peak_gib, 0) * a.hours) filter (where a.has_memory), 0),
      coalesce(sum(a.request_cpu_cores * a.hours) filter (where a.has_cpu), 0),
      coalesce(sum(a.cpu_hours) filter (where a.has_cpu), 0),
      coalesce(sum(greatest(a.request_cpu_cores * a.hours - a.cpu_hours, 0)) filter (where a.has_cpu), 0),
      coalesce(sum(a.request_gpu_count * a.hours) filter (where a.has_gpu), 0),
      coalesce(sum(a.gpu_mean_utilization * a.gpu_seen_count * a.hours) filter (where a.has_gpu), 0),
      max(a.peak_memory_mib),
      max(a.peak_cores)
    from (
      select *,
        duration_ms / 3600000.0 as hours,
        cpu_seconds / 3600.0 as cpu_hours,
        request_memory_mib / 1024.0 as request_gib,
        peak_memory_mib / 1024.0 as peak_gib,
        request_memory_mib is not null and peak_memory_mib is not null as has_memory,
        request_cpu_cores is not null and cpu_seconds is not null as has_cpu,
        request_gpu_count is not null and gpu_mean_utilization is not null as has_gpu
      from unnest(${days}::text[]) as rolled (day)
      join attempt on project = ${project} and flow = ${flow} and step = ${step}
        and ended_at >= (day || 'T00:00:00Z')::timestamptz
        and ended_at < (day || 'T00:00:00Z')::timestamptz + interval '24 hours'
      where settled_at is not null and outcome <> 'cached'
    ) a
    group by a.settled_day`.execute(tx);
  await sumUpWeeks(tx, { project, flow, step }, [...new Set(days.map(mondayOf))]);
}

/** `weeks` are their Mondays. */
async function sumUpWeeks(
  tx: Transaction<Database>,
  { project, flow, step }: StepIdentity,
  weeks: readonly string[],
): Promise<void> {
  const days = weeks.flatMap((week) =>
    Array.from({ length: WEEK_DAYS }, (_, index) => addDays(week, index)),
  );
  await sql`
    delete from step_week
    where project = ${project} and flow = ${flow} and step = ${step}
      and week = any (${weeks}::text[])`.execute(tx);
  await sql`
    insert into step_week (project, flow, step, week, ${ROLLED_COLUMNS})
    select ${project}, ${flow}, ${step}, rolled.week, ${ROLLED_SUMS}
    from step_day
    join unnest(${days}::text[], ${days.map(mondayOf)}::text[]) as rolled (day, week) using (day)
    where project = ${project} and flow = ${flow} and step = ${step}
      and step_day.day = any (${days}::text[])
    group by rolled.week`.execute(tx);
}
