import { type Kysely, sql } from 'kysely';

/** Who answers for a flow, and what each of its steps follows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table attempt add column owner text, add column step_parents jsonb`.execute(db);
}
