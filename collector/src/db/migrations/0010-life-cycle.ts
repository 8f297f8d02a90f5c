import { type Kysely, sql } from 'kysely';

/**
 * What people and the tuner do with suggestions: a revision that conditional writes are made over, until when
 * one is put off, what speaks against it since, and how it is being tried. Events name what happened.
 * Pauses stop everything that is done without a person.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table suggestion
      add column revision integer not null default 1,
      add column snoozed_until timestamptz,
      add column stale_since timestamptz,
      add column stale_reason text,
      add column rollout jsonb`.execute(db);
  await sql`alter table suggestion_event add column event text not null default 'propose'`.execute(
    db,
  );
  await sql`update suggestion_event set event = 'supersede' where to_state = 'superseded'`.execute(
    db,
  );
  await sql`create index suggestion_snoozed on suggestion (snoozed_until) where state = 'snoozed'`.execute(
    db,
  );
  await sql`
    create table pause (
      project text not null,
      flow text not null,
      at timestamptz not null,
      actor text not null,
      reason text,
      primary key (project, flow)
    )`.execute(db);
}
