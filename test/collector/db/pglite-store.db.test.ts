import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { openStore, type Store } from '@stepfit/collector/db/open-store';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';

import { silentLog } from '../../support/silent-log.ts';

let dataDir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'stepfit-data-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

const WRITER = fileURLToPath(new URL('../../support/write-until-killed.ts', import.meta.url));

/** A process that opens the store and writes point after point, telling the number of each committed one. */
function startWriter(): { readonly child: ChildProcess; readonly lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, [WRITER, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const line = await lines.next();
  if (line.done === true) throw new Error('the writer ended early');
  return line.value;
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describe('a data directory', () => {
  test('belongs to one process; when that is killed, nothing it acknowledged is lost', async () => {
    const { child, lines } = startWriter();
    let acknowledged = Number(await nextLine(lines));
    await expect(openStore({ dataDir, log: silentLog })).rejects.toMatchObject({
      code: 'store-locked',
      message: `The data directory ${dataDir} is in use by process ${child.pid} on ${hostname()}.`,
    });
    while (acknowledged < 200) acknowledged = Number(await nextLine(lines));
    await kill(child);
    // What was printed before the kill was acknowledged too.
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      acknowledged = Number(line.value);
    }
    expect(existsSync(join(dataDir, 'stepfit.lock'))).toBe(true);

    const store = await openStore({ dataDir, log: silentLog });
    const chunks = await store.db
      .selectFrom('usage_chunk')
      .selectAll()
      .orderBy('chunk_start')
      .execute();
    await store.close();
    await store.close();
    expect(existsSync(join(dataDir, 'stepfit.lock'))).toBe(false);

    const values = chunks.flatMap(({ point_values }) => point_values);
    // One write may have been committed whose acknowledgement was not printed any more.
    const expected = Array.from({ length: values.length }, (_, i) => i);
    expect(values).toEqual(expected);
    expect(values.length).toBeGreaterThanOrEqual(acknowledged + 1);
    expect(values.length).toBeLessThanOrEqual(acknowledged + 2);
  });
});

describe('the embedded database', () => {
  let store: Store;
  beforeAll(async () => {
    const snapshot = readFileSync(inject('pgliteSnapshot'));
    store = await openStore({ snapshot, sessionTimeoutMs: 2_000, log: silentLog });
  });
  beforeEach(async () => {
    await store.db.deleteFrom('step').execute();
  });
  afterAll(async () => {
    await store.close();
  });

  const STEP = { project: 'p', flow: 'f', step: 's' };

  test('ends a query that escaped its transaction with an error, and goes on', async () => {
    const escaped = store.db.transaction().execute(async (tx) => {
      await tx.insertInto('step').values(STEP).execute();
      // The mistake: `db` where only `tx` may be used.
      await store.db.selectFrom('step').selectAll().execute();
    });

    await expect(escaped).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(await store.db.selectFrom('step').selectAll().execute()).toEqual([]);
  });

  test('keeps concurrent transactions apart', async () => {
    await store.db.insertInto('step').values(STEP).execute();

    await Promise.all(
      Array.from({ length: 10 }, () =>
        store.db.transaction().execute(async (tx) => {
          const row = await tx.selectFrom('step').selectAll().executeTakeFirstOrThrow();
          await tx
            .updateTable('step')
            .set({ settled_attempts: row.settled_attempts + 1 })
            .execute();
        }),
      ),
    );

    const row = await store.db.selectFrom('step').selectAll().executeTakeFirstOrThrow();
    expect(row.settled_attempts).toBe(10);
  });

  test('says that a transaction whose statement failed was not committed', async () => {
    const swallowed = store.db.transaction().execute(async (tx) => {
      await tx.insertInto('step').values(STEP).execute();
      await tx
        .insertInto('step')
        .values(STEP)
        .execute()
        .catch(() => undefined);
    });

    await expect(swallowed).rejects.toThrow('rolled back instead of committed');
    expect(await store.db.selectFrom('step').selectAll().execute()).toEqual([]);
  });

  test('leaves the main thread free while it works', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);

    await store.db.selectNoFrom((eb) => eb.fn('pg_sleep', [eb.val(0.3)]).as('slept')).execute();

    clearInterval(timer);
    // A blocked loop would not turn once during the query.
    expect(turns).toBeGreaterThan(5);
  });
});
