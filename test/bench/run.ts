import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { openStore, type Store } from '@stepfit/collector/db/open-store';

import { startPostgres } from '../support/postgres.ts';
import { silentLog } from '../support/silent-log.ts';
import { benchDashboard } from './dashboard.ts';
import { benchDecode } from './decode-points.ts';
import { benchSamplerCost } from './sampler-cost.ts';
import { benchStore } from './store-points.ts';
import { benchTuner } from './tune-steps.ts';

/** By the names that `npm run bench -- <name>` takes. */
const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = {
  dashboard: benchDashboard,
  decode: benchDecode,
  pglite: onPglite,
  postgres: onPostgres,
  'sampler-cost': benchSamplerCost,
};

/**
 * Every benchmark prints ratios to a baseline of the same run; absolute figures are this machine's. Without
 * names all of them run.
 */
async function main(): Promise<void> {
  process.stdout.write(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}\n`,
  );
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !(name in BENCHMARKS));
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}.\n`,
    );
    process.exitCode = 2;
    return;
  }
  for (const [name, bench] of Object.entries(BENCHMARKS)) {
    if (wanted.length === 0 || wanted.includes(name)) await bench();
  }
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
