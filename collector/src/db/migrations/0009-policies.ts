import { type Kysely, sql } from 'kysely';

/**
 * Policies become one document a project, a revision for each change with who and why: the newest one is in
 * force. Those stored before become revision 1.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table policy_revision (
      project text not null,
      revision integer not null,
      at timestamptz not null,
      actor text not null,
      reason text,
      body jsonb not null,
      primary key (project, revision)
    )`.execute(db);
  await sql`
    insert into policy_revision (project, revision, at, actor, body)
    select project, 1, max(updated_at), 'migration', jsonb_build_object(
      'exclude', '[]'::jsonb,
      'policies', jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'flow', nullif(flow, ''), 'step', nullif(step, ''), 'policy', body)) order by flow, step))
    from policy group by project`.execute(db);
  await sql`drop table policy`.execute(db);
}
