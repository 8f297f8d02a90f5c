import { type Kysely, sql } from 'kysely';

/**
 * What verdicts rested on, each thing once under the hash of its content, so that a verdict can be come to
 * again after the project has moved on; and the networks trained on a project, by what each had learnt.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table verdict_basis (
      project text not null,
      basis_id text not null,
      kind text not null,
      body jsonb not null,
      used_at timestamptz not null,
      primary key (project, basis_id)
    )`.execute(db);
  await sql`
    create table quantile_net (
      project text not null,
      basis_id text not null,
      learnt_until timestamptz not null,
      attempts integer not null,
      trained_at timestamptz not null,
      body jsonb not null,
      primary key (project, basis_id)
    )`.execute(db);
  await sql`create index quantile_net_newest on quantile_net (project, learnt_until desc)`.execute(
    db,
  );
  await sql`
    alter table step
      add column verdict_id text,
      add column basis_ids text[]`.execute(db);
}
