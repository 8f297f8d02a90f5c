import { loadavg } from 'node:os';

import type { ApiServer } from '@stepfit/api/http/api-server';
import { openStore, type Store } from '@stepfit/collector/db/open-store';
import { Client } from 'pg';

import { serveApp } from '../api/support/served-app.ts';
import { databaseUrl } from '../support/postgres-setup.ts';
import { startPostgres } from '../support/postgres.ts';
import { silentLog } from '../support/silent-log.ts';
import { fillStore } from './many-attempts.ts';
import { comparePaints } from './paint.ts';

const REQUESTS = 100;
/** Not counted: a server that people use has compiled what it runs and holds its connections. */
const FIRST_REQUESTS = 20;
/** What people wait for before they see a number. */
const PAGES = [
  ['overview: report', '/report?limit=200'],
  ['overview: trend', '/report/trend'],
  ['overview: filters', '/report/facets'],
  ['inbox', '/inbox'],
  ['flow', '/flows/Flow7'],
  ['step', '/flows/Flow7/steps/step-7'],
  ['step: columns to replay', '/flows/Flow7/steps/step-7/replay'],
  ['system', '/system'],
] as const;

const FEW = 10_000;

/**
 * What the dashboard asks for, over the same 2,000 steps with few attempts and with a hundred times as many
 * (`STEPFIT_BENCH_ATTEMPTS`, 1,000,000 unless given), on PostgreSQL: the cost is not to grow with the attempts.
 * Both stores are asked in turn, so that a machine that slows down slows both. On the server of
 * `STEPFIT_BENCH_SERVER` they stay, and the next run goes on with them.
 */
export async function benchDashboard(): Promise<void> {
  const most = Number(process.env['STEPFIT_BENCH_ATTEMPTS'] ?? 1_000_000);
  const given = process.env['STEPFIT_BENCH_SERVER'];
  const server =
    given === undefined ? await startPostgres() : { url: given, stop: async () => undefined };
  const few = await openFilledStore(server.url, FEW);
  const many = await openFilledStore(server.url, most);
  try {
    await compareLatencies(few, many, most);
  } finally {
    await few.close();
    await many.close();
    await server.stop();
  }
}

async function openFilledStore(serverUrl: string, attempts: number): Promise<Store> {
  const name = `stepfit_bench_${attempts}`;
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
  if (rowCount === 0) await client.query(`create database ${name}`);
  await client.end();
  const store = await openStore({ databaseUrl: databaseUrl(serverUrl, name), log: silentLog });
  await fillStore(store, attempts);
  return store;
}

interface Latency {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

async function compareLatencies(few: Store, many: Store, attempts: number): Promise<void> {
  const [ofFew, ofMany] = [await serveApp(few), await serveApp(many)];
  process.stdout.write(
    `The dashboard's requests on PostgreSQL, p50 and p95 in ms: ${FEW.toLocaleString('en-US')} attempts, ` +
      `then ${attempts.toLocaleString('en-US')}; load ${loadavg()
        .map((load) => load.toFixed(1))
        .join(' ')}\n`,
  );
  for (const [name, path] of PAGES) {
    const [base, other] = await latenciesOf([ofFew.app, ofMany.app], `/api/v1${path}`);
    if (base === undefined || other === undefined) continue;
    process.stdout.write(
      `  ${name.padEnd(26)} ${ms(base.p50Ms)} ${ms(base.p95Ms)}   ${ms(other.p50Ms)} ${ms(other.p95Ms)}` +
        `   × ${(other.p95Ms / base.p95Ms).toFixed(1)}\n`,
    );
  }
  const listening = { port: 0, host: '127.0.0.1' };
  await comparePaints([await ofFew.app.listen(listening), await ofMany.app.listen(listening)]);
  await ofFew.close();
  await ofMany.close();
}

async function latenciesOf(apps: readonly ApiServer[], url: string): Promise<Latency[]> {
  const times = apps.map((): number[] => []);
  for (let request = -FIRST_REQUESTS; request < REQUESTS; request += 1) {
    for (const [index, app] of apps.entries()) {
      const startedAtMs = performance.now();
      const answer = await app.inject({ url });
      if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
      if (request >= 0) times[index]?.push(performance.now() - startedAtMs);
    }
  }
  return times.map((ofApp) => {
    const sorted = ofApp.toSorted((a, b) => a - b);
    return {
      p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? Number.NaN,
      p95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN,
    };
  });
}

function ms(value: number): string {
  return value.toFixed(1).padStart(7);
}
