import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { openStore, type Store } from '@stepfit/collector/db/open-store';

import { startPostgres } from '../support/postgres.ts';
import { silentLog } from '../support/silent-log.ts';
import { benchDecode } from './decode-points.ts';
import { benchStore } from './store-points.ts';
import { benchTuner } from './tune-steps.ts';

/** Every benchmark prints ratios to a baseline of the same run; absolute figures are this machine's. */
async function main(): Promise<void> {
  process.stdout.write(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}\n`,
  );
  await benchDecode();
  await onPglite();
  await onPostgres();
}

async function onPglite(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stepfit-bench-'));
  const store = await openStore({ dataDir, log: silentLog });
  await benchOn('PGlite', store);
  rmSync(dataDir, { recursive: true, force: true });
}

async function onPostgres(): Promise<void> {
  const server = await startPostgres();
  await benchOn(
    'PostgreSQL (fsync off)',
    await openStore({ databaseUrl: server.url, log: silentLog }),
  );
  await server.stop();
}

async function benchOn(name: string, store: Store): Promise<void> {
  await benchStore(name, store);
  await benchTuner(name, store);
  await store.close();
}

await main();
