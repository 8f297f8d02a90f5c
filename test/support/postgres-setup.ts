import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { migrate } from '@stepfit/collector/db/migrate';
import { openStore } from '@stepfit/collector/db/open-store';
import { PgliteClient } from '@stepfit/collector/db/pglite/pglite-client';
import { PgliteDialect } from '@stepfit/collector/db/pglite/pglite-dialect';
import { Kysely } from 'kysely';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';

import { startPostgres } from './postgres.ts';
import { silentLog } from './silent-log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a PostgreSQL server that the tests may create databases on. */
    readonly postgresUrl: string;
    /** A migrated database there, to copy. */
    readonly postgresTemplate: string;
    /** File with a migrated PGlite, to load. */
    readonly pgliteSnapshot: string;
  }
}

/**
 * Prepares both stores once for all `*.db.test.ts`: a PostgreSQL server (that of `TEST_DATABASE_URL`, else
 * one of our own) with a migrated template, and a snapshot of a migrated PGlite.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL'];
  const server =
    given === undefined ? await startPostgres() : { url: given, stop: async () => undefined };
  const template = `stepfit_template_${randomBytes(4).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'stepfit-snapshot-'));
  const snapshot = join(folder, 'pglite.tar');

  await runOn(server.url, `create database ${template}`);
  const [, tar] = await Promise.all([
    migrateTemplate(databaseUrl(server.url, template)),
    migratedPgliteTar(),
  ]);
  writeFileSync(snapshot, tar);

  project.provide('postgresUrl', server.url);
  project.provide('postgresTemplate', template);
  project.provide('pgliteSnapshot', snapshot);

  return async () => {
    rmSync(folder, { recursive: true, force: true });
    await runOn(server.url, `drop database if exists ${template} with (force)`);
    await server.stop();
  };
}

async function migrateTemplate(url: string): Promise<void> {
  const store = await openStore({ databaseUrl: url, log: silentLog });
  await store.close();
}

async function migratedPgliteTar(): Promise<Uint8Array> {
  const client = await PgliteClient.open({});
  const db = new Kysely({ dialect: new PgliteDialect({ client, sessionTimeoutMs: 60_000 }) });
  await migrate(db, silentLog);
  const tar = await client.dump();
  await db.destroy();
  return tar;
}

/** The same server and credentials, another database. */
export function databaseUrl(serverUrl: string, database: string): string {
  return serverUrl.replace(/(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, `$1/${database}`);
}

export async function runOn(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
