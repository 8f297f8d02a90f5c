import { type Kysely, sql } from 'kysely';

/**
 * Attempts of a run, and those of a bad outcome, found without reading all others. The key of six names goes: the
 * id is their hash, so it kept nothing apart that the primary key does not, at 100 bytes an attempt.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table attempt drop constraint attempt_project_flow_run_step_task_attempt_key`.execute(
    db,
  );
  await sql`create index attempt_run on attempt (project, run, flow)`.execute(db);
  await sql`
    create index attempt_unsuccessful on attempt (project, outcome, ended_at desc, attempt_id)
    where outcome <> 'succeeded'`.execute(db);
}
