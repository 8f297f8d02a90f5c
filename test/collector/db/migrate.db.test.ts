import { randomBytes } from 'node:crypto';

import { migrate } from '@stepfit/collector/db/migrate';
import { MIGRATIONS } from '@stepfit/collector/db/migrations/all';
import { openStore } from '@stepfit/collector/db/open-store';
import { sql } from 'kysely';
import { expect, inject, test } from 'vitest';

import { onEachStore } from '../../support/database.ts';
import { databaseUrl, runOn } from '../../support/postgres-setup.ts';
import { recordingLog } from '../../support/recording-log.ts';

onEachStore((store) => {
  /** Tables, columns, types and indexes. */
  async function schema(): Promise<unknown[]> {
    const { rows } = await sql`
      select table_name, column_name, data_type, is_nullable from information_schema.columns
      where table_schema = 'public'
      union all
      select tablename, indexname, indexdef, '' from pg_indexes where schemaname = 'public'
      order by 1, 2`.execute(store().db);
    return rows;
  }

  test('migrating again changes nothing and says nothing', async () => {
    const before = await schema();
    const log = recordingLog();

    await migrate(store().db, log);

    expect(await schema()).toEqual(before);
    expect(log.lines).toEqual([]);
  });

  test('every column has one of the types that decode alike on both stores', async () => {
    const { rows } = await sql<{ type: string }>`
      select distinct case data_type when 'ARRAY' then udt_name else data_type end as type
      from information_schema.columns
      where table_schema = 'public' and table_name not like 'kysely%'
      order by 1`.execute(store().db);

    expect(rows.map(({ type }) => type)).toEqual([
      '_float8',
      '_int4',
      '_text',
      'double precision',
      'integer',
      'jsonb',
      'text',
      'timestamp with time zone',
    ]);
  });

  test('the project is the first column of every unique key but those of tokens, which may be for all', async () => {
    const { rows } = await sql<{ index: string; column: string }>`
      select i.indexrelid::regclass::text as index, a.attname as column
      from pg_index i
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      join pg_class c on c.oid = i.indrelid
      where i.indisunique and c.relnamespace = 'public'::regnamespace
        and c.relname not like 'kysely%' and i.indrelid <> 'token'::regclass`.execute(store().db);

    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ column }) => column !== 'project')).toEqual([]);
  });
});

onEachStore((store) => {
  test('suggestions that say nothing of what their proof supposes are made again', async () => {
    const { db } = store();
    const key = { project: 'p', flow: 'F', step: 's' };
    const at = new Date(0);
    await db
      .insertInto('step')
      .values({ ...key, settled_attempts: 6 })
      .execute();
    await db
      .insertInto('suggestion')
      .values({
        ...key,
        suggestion_id: 'old',
        state: 'proposed',
        strategy: 'max-margin',
        body: '{}',
        created_at: at,
        updated_at: at,
      })
      .execute();

    await MIGRATIONS['0005-proofs']?.up(db);

    expect(await db.selectFrom('suggestion').selectAll().execute()).toEqual([]);
    const [step] = await db.selectFrom('step').selectAll().execute();
    expect(step).toMatchObject({ settled_attempts: 6, tune_due_at: expect.any(Date) as Date });
  });
});

test('eight processes that migrate one empty PostgreSQL database at once do it once', async () => {
  const server = inject('postgresUrl');
  const name = `stepfit_test_${randomBytes(6).toString('hex')}`;
  await runOn(server, `create database ${name}`);
  const log = recordingLog();

  const stores = await Promise.all(
    Array.from({ length: 8 }, () => openStore({ databaseUrl: databaseUrl(server, name), log })),
  );

  expect(log.lines.map(({ fields }) => fields)).toEqual(
    Object.keys(MIGRATIONS).map((migration) => ({ migration })),
  );
  for (const store of stores) {
    expect(await store.db.selectFrom('step').selectAll().execute()).toEqual([]);
    await store.close();
  }
  await runOn(server, `drop database ${name} with (force)`);
});
