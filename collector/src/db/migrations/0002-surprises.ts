import { type Kysely, sql } from 'kysely';

/** How far a step's need has gone beyond all that it had shown before, noted when the tuner looks at it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table step add column surprise_ratios double precision[]`.execute(db);
}
