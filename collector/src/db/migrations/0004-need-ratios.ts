import { type Kysely, sql } from 'kysely';

/** What a step needed at most, as a share of the most that it asked for: what new steps may be like. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table step
      add column memory_need_ratio double precision,
      add column cpu_need_ratio double precision`.execute(db);
}
