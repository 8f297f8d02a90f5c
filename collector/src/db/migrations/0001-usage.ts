import { type Kysely, sql } from 'kysely';

/** Plain SQL: partitioned tables have no builder, and the text is what a database administrator reviews. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table attempt (
      project text not null,
      attempt_id text not null,
      flow text not null,
      run text not null,
      step text not null,
      task text not null,
      attempt integer not null,
      started_at timestamptz not null,
      ended_at timestamptz,
      duration_ms double precision,
      last_seen_at timestamptz not null,
      last_sample_at timestamptz,
      outcome text,
      outcome_source text,
      outcome_evidence text,
      exit_code integer,
      exception_type text,
      declared_cpu_cores double precision,
      declared_memory_mib double precision,
      declared_gpu_count integer,
      declared_decorators jsonb,
      request_cpu_cores double precision,
      request_memory_mib double precision,
      request_gpu_count integer,
      limit_memory_mib double precision,
      backend text,
      qos text,
      code_version text,
      host_name text,
      host_cpu_cores integer,
      host_memory_mib double precision,
      sampler_version text,
      features jsonb not null default '{}',
      peak_memory_mib double precision,
      peak_memory_source text,
      cpu_seconds double precision,
      oom_kills integer not null default 0,
      profile_cores double precision[],
      profile_seconds double precision[],
      peak_cores double precision,
      cpu_wait_seconds double precision,
      wanted_cores double precision[],
      wanted_seconds double precision[],
      gpu_seen_count integer,
      gpu_peak_utilization double precision,
      gpu_mean_utilization double precision,
      gpu_peak_memory_mib double precision,
      gpu_memory_limit_mib double precision,
      settled_at timestamptz,
      settled_day text,
      primary key (project, attempt_id),
      unique (project, flow, run, step, task, attempt)
    ) with (fillfactor = 80)`.execute(db);
  await sql`create index attempt_history on attempt (project, flow, step, ended_at desc, attempt_id)`.execute(
    db,
  );
  await sql`create index attempt_recent on attempt (project, ended_at desc, attempt_id)`.execute(
    db,
  );
  await sql`create index attempt_open on attempt (last_seen_at) where outcome is null`.execute(db);
  await sql`create index attempt_unsettled on attempt (project, flow, step) where outcome is not null and settled_at is null`.execute(
    db,
  );

  await sql`
    create table usage_chunk (
      project text not null,
      attempt_id text not null,
      metric text not null,
      series text not null,
      chunk_start timestamptz not null,
      offsets_ms integer[] not null,
      point_values double precision[] not null,
      primary key (project, attempt_id, metric, series, chunk_start)
    ) partition by range (chunk_start)`.execute(db);
  await sql`create table usage_chunk_default partition of usage_chunk default`.execute(db);

  await sql`
    create table step (
      project text not null,
      flow text not null,
      step text not null,
      first_seen_at timestamptz not null default now(),
      last_attempt_at timestamptz,
      settled_attempts integer not null default 0,
      tune_due_at timestamptz,
      tuned_at timestamptz,
      skip_code text,
      skip_detail text,
      primary key (project, flow, step)
    )`.execute(db);
  await sql`create index step_due on step (tune_due_at) where tune_due_at is not null`.execute(db);

  await sql`
    create table step_day (
      project text not null,
      flow text not null,
      step text not null,
      day text not null,
      attempts integer not null,
      runs integer not null,
      succeeded integer not null,
      failed integer not null,
      oom integer not null,
      lost integer not null,
      duration_hours double precision not null,
      requested_gib_hours double precision not null,
      needed_gib_hours double precision not null,
      wasted_gib_hours double precision not null,
      requested_core_hours double precision not null,
      used_core_hours double precision not null,
      wasted_core_hours double precision not null,
      requested_gpu_hours double precision not null,
      busy_gpu_hours double precision not null,
      peak_memory_mib double precision,
      peak_cores double precision,
      primary key (project, day, flow, step)
    )`.execute(db);

  await sql`
    create table suggestion (
      project text not null,
      suggestion_id text not null,
      flow text not null,
      step text not null,
      state text not null,
      strategy text not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      body jsonb not null,
      primary key (project, suggestion_id)
    )`.execute(db);
  await sql`create unique index suggestion_proposed on suggestion (project, flow, step) where state = 'proposed'`.execute(
    db,
  );
  await sql`create index suggestion_step on suggestion (project, flow, step, created_at desc)`.execute(
    db,
  );

  await sql`
    create table suggestion_event (
      project text not null,
      suggestion_id text not null,
      sequence integer not null,
      at timestamptz not null,
      actor text not null,
      from_state text,
      to_state text not null,
      note text,
      primary key (project, suggestion_id, sequence)
    )`.execute(db);

  await sql`
    create table policy (
      project text not null,
      flow text not null,
      step text not null,
      body jsonb not null,
      updated_at timestamptz not null,
      primary key (project, flow, step)
    )`.execute(db);
}
