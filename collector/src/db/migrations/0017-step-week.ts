import { type Kysely, sql } from 'kysely';

/** Days summed up by week, so that a report over a month or a year reads a fraction of the rows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table step_week (like step_day including all)`.execute(db);
  await sql`alter table step_week rename column day to week`.execute(db);
  await sql`
    insert into step_week (
      project, flow, step, week, attempts, runs, succeeded, failed, oom, lost, duration_hours,
      requested_gib_hours, needed_gib_hours, wasted_gib_hours,
      requested_core_hours, used_core_hours, wasted_core_hours,
      requested_gpu_hours, busy_gpu_hours, peak_memory_mib, peak_cores)
    select project, flow, step, to_char(date_trunc('week', day::timestamp), 'YYYY-MM-DD') as week,
      sum(attempts), sum(runs), sum(succeeded), sum(failed), sum(oom), sum(lost), sum(duration_hours),
      sum(requested_gib_hours), sum(needed_gib_hours), sum(wasted_gib_hours),
      sum(requested_core_hours), sum(used_core_hours), sum(wasted_core_hours),
      sum(requested_gpu_hours), sum(busy_gpu_hours), max(peak_memory_mib), max(peak_cores)
    from step_day
    group by project, flow, step, week`.execute(db);
}
