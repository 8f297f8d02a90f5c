import { type Kysely, sql } from 'kysely';

/**
 * Suggestions made before a proof had to say what it supposes cannot be told any more. They are derived
 * from attempts, and nobody could accept or dismiss one yet: they are dropped, and every step is due again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`delete from suggestion_event`.execute(db);
  await sql`delete from suggestion`.execute(db);
  await sql`update step set tune_due_at = now()`.execute(db);
}
