import { type Kysely, sql } from 'kysely';

/** The commit and the branch that a run was started from, to compare branches by. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table attempt add column revision text, add column branch text`.execute(db);
}
