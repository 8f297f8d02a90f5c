import { type Kysely, sql } from 'kysely';

/** What launching did to an attempt's request by a suggestion, and what it would have been without. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table attempt add column hint jsonb`.execute(db);
}
