import { type Kysely, sql } from 'kysely';

/** What held an attempt back (its CPU limit), and how much it read, wrote, received and sent. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table attempt
      add column limit_cpu_cores double precision,
      add column cpu_throttled_seconds double precision,
      add column disk_read_bytes double precision,
      add column disk_written_bytes double precision,
      add column network_received_bytes double precision,
      add column network_sent_bytes double precision`.execute(db);
}
