import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { openStore, type Store } from '@stepfit/collector/db/open-store';
import { afterAll, beforeAll, describe, inject } from 'vitest';

import { databaseUrl, runOn } from './postgres-setup.ts';
import { silentLog } from './silent-log.ts';

const STORE_KINDS = ['pglite', 'postgres'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/**
 * Declares the same tests for PGlite and for PostgreSQL, each with an empty, migrated database of its own; for
 * one of `kinds` alone where the store is not what the tests are about. `store()` is for use inside tests and
 * hooks.
 */
export function onEachStore(
  declare: (store: () => Store, kind: StoreKind) => void,
  kinds: readonly StoreKind[] = STORE_KINDS,
): void {
  describe.each(kinds)('on %s', (kind) => {
    let opened: TestStore | undefined;
    beforeAll(async () => {
      opened = await openTestStore(kind);
    });
    afterAll(async () => {
      await opened?.close();
    });
    declare(() => {
      if (opened === undefined) throw new Error('store() is for use inside tests and hooks');
      return opened;
    }, kind);
  });
}

export interface TestStore extends Store {
  /** Of the PostgreSQL database, for tests that need a second connection; absent on PGlite. */
  readonly databaseUrl?: string;
}

/** An empty, migrated database; `close` removes it. */
export async function openTestStore(kind: StoreKind): Promise<TestStore> {
  return kind === 'pglite' ? openPgliteTestStore() : openPostgresTestStore();
}

async function openPgliteTestStore(): Promise<TestStore> {
  return openStore({ snapshot: readFileSync(inject('pgliteSnapshot')), log: silentLog });
}

async function openPostgresTestStore(): Promise<TestStore> {
  const server = inject('postgresUrl');
  const name = `stepfit_test_${randomBytes(6).toString('hex')}`;
  await runOn(server, `create database ${name} template ${inject('postgresTemplate')}`);
  const url = databaseUrl(server, name);
  const store = await openStore({ databaseUrl: url, log: silentLog });
  return {
    ...store,
    databaseUrl: url,
    async close() {
      await store.close();
      await runOn(server, `drop database if exists ${name} with (force)`);
    },
  };
}

/** Empties every table, for tests that share a suite's database. */
export async function emptyStore(store: Store): Promise<void> {
  for (const table of TABLES) await store.db.deleteFrom(table).execute();
}

const TABLES = [
  'attempt',
  'usage_chunk',
  'step',
  'step_day',
  'step_week',
  'suggestion',
  'suggestion_event',
  'policy_revision',
  'pause',
  'notification',
  'verdict_basis',
  'quantile_net',
  'token',
] as const;
