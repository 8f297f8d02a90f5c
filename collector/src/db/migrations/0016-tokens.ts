import { type Kysely, sql } from 'kysely';

/**
 * Who else than the administrator may ask: only hashes of tokens, kept after they are revoked. A token is looked
 * up before its project is known, so this is a small table that a distributed store copies to every shard.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table token (
      secret_hash text not null primary key,
      name text not null,
      role text not null,
      project text,
      created_at timestamptz not null,
      created_by text not null,
      last_used_at timestamptz,
      revoked_at timestamptz,
      revoked_by text
    )`.execute(db);
  await sql`create unique index token_live_name on token (name) where revoked_at is null`.execute(
    db,
  );
}
