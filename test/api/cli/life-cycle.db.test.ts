import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { emptyStore, openTestStore, type TestStore } from '../../support/database.ts';
import { addAttempts, KEY, runs } from '../../tuner/support/rows.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

const STEP = `${KEY.flow}/${KEY.step}`;
const GOLDEN = '../../golden';

let store: TestStore;
let served: ServedApp;
let folder: string;
let url: string;

async function cli(...args: string[]): Promise<CliResult> {
  return runCli(args, { STEPFIT_URL: url, STEPFIT_ACTOR: 'ana', COLUMNS: '110' }, folder);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stepfit-life-cycle-'));
  store = await openTestStore('pglite');
  await emptyStore(store);
  served = await serveApp(store);
  url = await served.app.listen({ port: 0, host: '127.0.0.1' });
  await addAttempts(store, runs(6));
  await served.settleAndTune();
});
afterAll(async () => {
  await served.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

it('policies are checked, pushed, set, shown and explained', async () => {
  const file = join(folder, 'stepfit.yaml');
  writeFileSync(file, 'policy:\n  riskRation: 0.02\n  mode: now\n');
  const wrong = await cli('policy', 'check', file);
  expect(wrong.code).toBe(1);
  expect(wrong.stdout.replaceAll(file, 'stepfit.yaml')).toBe(
    'stepfit.yaml:2:3: policy.riskRation: there is no such field; did you mean riskRatio?\n' +
      'stepfit.yaml:3:3: policy.mode: must be one of observe, suggest, review, auto\n',
  );
  expect((await cli('policy', 'push', file)).code).toBe(2);

  writeFileSync(
    file,
    `policy:\n  riskRatio: 0.02\nexclude: [DebugFlow]\nflows:\n  ${KEY.flow}:\n    policy: { mode: review }\n`,
  );
  expect((await cli('policy', 'check', file)).stdout).toContain(
    'is valid: 2 policies, 1 exclusion.',
  );
  expect((await cli('policy', 'push', file, '--dry-run')).stdout).toContain('Nothing was changed');
  expect((await cli('policy', 'show')).stdout).toContain('Nothing is set');
  expect((await cli('policy', 'push', file, '--reason', 'first')).stdout).toContain('Revision 1');
  expect((await cli('policy', 'push', file)).stdout).toBe('Nothing to change.\n');

  const set = await cli('policy', 'set', STEP, 'noRetry=true', 'memoryCapMiB=64000');
  await expect(set.stdout).toMatchFileSnapshot(`${GOLDEN}/policy-set.txt`);
  expect((await cli('policy', 'set', STEP, 'riskRatio=7')).code).toBe(2);
  const shown = await cli('policy', 'show');
  await expect(
    shown.stdout.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, '2026-11-23 09:00'),
  ).toMatchFileSnapshot(`${GOLDEN}/policy-show.txt`);
  const explained = await cli('policy', 'explain', STEP);
  await expect(explained.stdout).toMatchFileSnapshot(`${GOLDEN}/policy-explain.txt`);
  expect((await cli('policy', 'set', STEP, 'noRetry=', 'memoryCapMiB=')).code).toBe(0);
}, 120_000);

it('suggestions are accepted, taken back, put off and dismissed', async () => {
  await served.settleAndTune();
  expect((await cli('accept', STEP, '--reason', 'looks right')).stdout).toMatch(
    /^Train\/fit {2}memory .+: accepted \(suggestion [0-9a-f]{12}\)\.\n$/i,
  );
  expect((await cli('suggest', STEP)).stdout).toContain('(accepted)');
  expect((await cli('reopen', STEP)).stdout).toContain('proposed again');
  expect((await cli('snooze', STEP, '--for', '2w')).stdout).toMatch(/put off until \d{4}-/);
  expect((await cli('snooze', STEP, '--for', 'long')).code).toBe(2);
  expect((await cli('dismiss', STEP)).stdout).toContain('dismissed');
  const again = await cli('accept', STEP);
  expect(again.code).toBe(5);
  expect(again.stderr).toContain('has no suggestion to accept');
}, 120_000);

it('a pause is set, told and ended', async () => {
  expect((await cli('pause', KEY.flow, '--reason', 'release')).stdout).toMatch(
    /^Flow Train is paused since .+ UTC, by ana: release\n$/,
  );
  expect((await cli('resume', KEY.flow)).stdout).toBe('Nothing is paused.\n');
  expect((await cli('resume')).code).toBe(5);
}, 120_000);

it('savings say so where nothing has taken effect', async () => {
  expect((await cli('savings')).stdout).toContain('No suggestion has taken effect');
  expect((await cli('savings', '--json')).stdout).toContain('"entries": []');
}, 120_000);
