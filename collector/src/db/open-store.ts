import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';

import type { Logger } from '../logging/logger.ts';
import { type DataDirLock, lockDataDir } from './data-dir-lock.ts';
import { migrate } from './migrate.ts';
import { PgliteClient } from './pglite/pglite-client.ts';
import { PgliteDialect } from './pglite/pglite-dialect.ts';
import { startPgliteUpkeep } from './pglite/pglite-upkeep.ts';
import type { Database } from './tables.ts';

export interface Store {
  readonly db: Kysely<Database>;
  readonly kind: 'pglite' | 'postgres';
  /** Waits for queries under way and closes cleanly. A second call does nothing. */
  close(): Promise<void>;
}

export interface OpenStoreOptions {
  /** A PostgreSQL server. Wins over `dataDir`. */
  readonly databaseUrl?: string;
  /** Folder of the embedded database; without it and a server, everything is kept in memory. */
  readonly dataDir?: string;
  /** A tar of a migrated embedded database, for an in-memory one that starts in less than a second. */
  readonly snapshot?: Uint8Array;
  /** Longest wait for the embedded database's one session, milliseconds; 60 s unless given. */
  readonly sessionTimeoutMs?: number;
  readonly log: Logger;
}

/** A minute: longer than any transaction of ours, shorter than a person waits before asking. */
const SESSION_TIMEOUT_MS = 60_000;
/** One for each job and ingest writer of a replica, and some for requests; servers allow 100 by default. */
const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Opens the store and brings its schema up to date: a PostgreSQL server, or PGlite in a worker thread with
 * its own lock and upkeep.
 *
 * @throws {StepfitError} `store-locked` when another process has the data directory; `store-unavailable`
 *   when the database cannot be reached, opened or migrated.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  return options.databaseUrl === undefined
    ? openPglite(options)
    : openPostgres(options.databaseUrl, options.log);
}

async function openPostgres(databaseUrl: string, log: Logger): Promise<Store> {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'stepfit',
  });
  // Without a listener, a server that restarts while a connection idles would end this process.
  pool.on('error', (error) => {
    log.warn({ err: error }, 'an idle database connection failed');
  });
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    await sql`select 1`.execute(db);
    await migrate(db, log);
  } catch (error) {
    await db.destroy();
    throw error instanceof StepfitError ? error : unreachable(databaseUrl, error);
  }
  return { db, kind: 'postgres', close: async () => db.destroy() };
}

async function openPglite(options: OpenStoreOptions): Promise<Store> {
  const { dataDir, snapshot, log } = options;
  const lock = dataDir === undefined ? undefined : prepareDataDir(dataDir);
  let client: PgliteClient;
  try {
    client = await PgliteClient.open({
      ...(dataDir !== undefined && { dataDir: await initialisedFolder(dataDir, log) }),
      ...(snapshot !== undefined && { snapshot }),
    });
  } catch (error) {
    lock?.release();
    throw error;
  }
  const sessionTimeoutMs = options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
  const db = new Kysely<Database>({ dialect: new PgliteDialect({ client, sessionTimeoutMs }) });
  const upkeep = startPgliteUpkeep(db, log);

  async function close(): Promise<void> {
    upkeep.stop();
    await db.destroy();
    await client.close();
    lock?.release();
  }
  try {
    await migrate(db, log);
  } catch (error) {
    await close();
    throw error;
  }
  return { db, kind: 'pglite', close };
}

function prepareDataDir(dataDir: string): DataDirLock {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    throw new StepfitError(
      'store-unavailable',
      `The data directory ${dataDir} cannot be made: ${error instanceof Error ? error.message : String(error)}`,
      { hint: 'Choose a writable folder with --data-dir.', cause: error },
    );
  }
  return lockDataDir(dataDir);
}

/**
 * The database's folder below the data directory. A new one is initialised by a worker of its own that ends
 * afterwards, since initialising takes 700 MiB that a WebAssembly memory never gives back.
 */
async function initialisedFolder(dataDir: string, log: Logger): Promise<string> {
  const folder = join(dataDir, 'pglite');
  if (!existsSync(folder)) {
    log.info({ folder }, 'initialising the embedded database');
    // Renamed when done, so that a process killed half-way leaves nothing that looks like a database.
    const draft = `${folder}.new`;
    rmSync(draft, { recursive: true, force: true });
    const initialiser = await PgliteClient.open({ dataDir: draft });
    await initialiser.close();
    renameSync(draft, folder);
  }
  return folder;
}

/** Names the server without the password that its URL may carry. */
function unreachable(databaseUrl: string, cause: unknown): StepfitError {
  const { host, pathname } = URL.parse(databaseUrl) ?? { host: 'the given address', pathname: '' };
  return new StepfitError(
    'store-unavailable',
    `PostgreSQL at ${host}${pathname} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      hint: 'Check --database-url or DATABASE_URL, and that the server accepts connections.',
      cause,
    },
  );
}
