import { type Kysely, sql } from 'kysely';

/** How many of its GPUs an attempt used, from readings that retention drops. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table attempt add column gpu_used_count integer`.execute(db);
}
