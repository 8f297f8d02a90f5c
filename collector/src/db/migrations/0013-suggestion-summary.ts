import { type Kysely, sql } from 'kysely';

/**
 * What lists show of a suggestion, beside its evidence, which is a hundred times as large: a list of thousands
 * would otherwise unpack all of it. Generated, so that whoever writes a body writes these with it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table suggestion
      add column summary jsonb generated always as (body - 'evidence') stored,
      add column bound jsonb generated always as (body #> '{evidence,memoryBound}') stored`.execute(
    db,
  );
}
