import { type Kysely, sql } from 'kysely';

/** What was told to whom, so that any number of replicas tells it once, and again where it did not arrive. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table notification (
      project text not null,
      hook text not null,
      subject text not null,
      claimed_at timestamptz not null,
      tries integer not null,
      delivered_at timestamptz,
      primary key (project, hook, subject)
    )`.execute(db);
  await sql`create index suggestion_event_recent on suggestion_event (at)`.execute(db);
}
