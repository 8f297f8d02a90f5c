import { type Kysely, sql, type Transaction } from 'kysely';

import type { Database } from '../db/tables.ts';
import { addDays, dayOf } from './days.ts';

export interface RetentionOptions {
  readonly now: Date;
  /** Days of series that are kept. Attempts and their profiles are kept for ever. */
  readonly retentionDays: number;
}

export interface RetentionResult {
  /** UTC days, `YYYY-MM-DD`. */
  readonly created: readonly string[];
  readonly dropped: readonly string[];
}

const PREFIX = 'usage_chunk_';

/** Days that get their partition ahead: a service that is down for a weekend misses none. */
const DAYS_AHEAD = 3;

/** Dropping waits for readers of the table; a job that waits longer would make ingest queue behind it. */
const LOCK_TIMEOUT = '5s';

/**
 * Keeps one partition of `usage_chunk` for each day: makes those of the days to come, and of any day whose
 * points came late into the default partition; drops those that retention has done with. Any number of
 * replicas may call it; one works, the others wait and find nothing to do. Each day is made in a transaction of
 * its own: ingest, which waits meanwhile, never waits for more than a day's points to move.
 */
export async function maintainPartitions(
  db: Kysely<Database>,
  { now, retentionDays }: RetentionOptions,
): Promise<RetentionResult> {
  const today = dayOf(now);
  const oldestKept = addDays(today, -retentionDays);
  const { dropped, wanted } = await alone(db, async (tx) => {
    const old = (await listDays(tx)).filter((day) => day < oldestKept);
    for (const day of old) await sql`drop table ${partition(day)}`.execute(tx);
    await deleteStragglersBefore(tx, oldestKept);
    return { dropped: old, wanted: await daysOfStragglers(tx) };
  });
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead += 1) wanted.push(addDays(today, ahead));
  const created: string[] = [];
  for (const day of [...new Set(wanted)].toSorted()) {
    if (await alone(db, async (tx) => createPartition(tx, day))) created.push(day);
  }
  return { created, dropped };
}

async function alone<Result>(
  db: Kysely<Database>,
  work: (tx: Transaction<Database>) => Promise<Result>,
): Promise<Result> {
  return db.transaction().execute(async (tx) => {
    await sql`select set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`.execute(tx);
    await sql`select pg_advisory_xact_lock(hashtext('stepfit.maintain_partitions'))`.execute(tx);
    return work(tx);
  });
}

async function listDays(tx: Transaction<Database>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'usage_chunk'::regclass
    order by c.relname`.execute(tx);
  return rows.flatMap(({ name }) => {
    const digits = /^usage_chunk_(\d{4})(\d{2})(\d{2})$/.exec(name);
    return digits === null ? [] : [`${digits[1]}-${digits[2]}-${digits[3]}`];
  });
}

async function deleteStragglersBefore(tx: Transaction<Database>, day: string): Promise<void> {
  await sql`
    delete from usage_chunk_default where chunk_start < ${`${day}T00:00:00Z`}::timestamptz`.execute(
    tx,
  );
}

async function daysOfStragglers(tx: Transaction<Database>): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    select distinct to_char(chunk_start at time zone 'UTC', 'YYYY-MM-DD') as day
    from usage_chunk_default`.execute(tx);
  return rows.map(({ day }) => day);
}

/**
 * Fills the table before it becomes a partition, since a row of its day in the default partition would
 * forbid that. Inserts wait for as long as the default partition is locked. Returns false where it is there.
 */
async function createPartition(tx: Transaction<Database>, day: string): Promise<boolean> {
  if ((await listDays(tx)).includes(day)) return false;
  const from = sql.lit(`${day}T00:00:00Z`);
  const to = sql.lit(`${addDays(day, 1)}T00:00:00Z`);
  await sql`lock table usage_chunk_default in access exclusive mode`.execute(tx);
  await sql`create table ${partition(day)} (like usage_chunk including all)`.execute(tx);
  await sql`
    with moved as (
      delete from usage_chunk_default where chunk_start >= ${from} and chunk_start < ${to}
      returning *
    )
    insert into ${partition(day)} select * from moved`.execute(tx);
  await sql`
    alter table usage_chunk attach partition ${partition(day)} for values from (${from}) to (${to})
  `.execute(tx);
  return true;
}

function partition(day: string): ReturnType<typeof sql.ref> {
  return sql.ref(`${PREFIX}${day.replaceAll('-', '')}`);
}
