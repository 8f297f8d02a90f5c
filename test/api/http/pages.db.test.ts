import { afterAll, beforeAll, expect, it } from 'vitest';

import { openTestStore, type TestStore } from '../../support/database.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

const EVIL = '"><script>alert(1)</script>';

let store: TestStore;
let served: ServedApp;

beforeAll(async () => {
  store = await openTestStore('pglite');
  served = await serveApp(store);
  for (let run = 0; run < 6; run += 1) {
    await served.ingest({
      flow: EVIL,
      run: `${EVIL}${run}`,
      step: 'a/b?c#d',
      task: EVIL,
      startMs: Date.now() - 3_600_000 + run,
      requestCpuCores: 4,
      requestMemoryMiB: 8192,
      declaredMemoryMiB: 8192,
      declaredCpuCores: 4,
      backend: 'local',
      peakMiB: 200,
      outcome: 'succeeded',
    });
  }
  await served.settleAndTune();
});
afterAll(async () => {
  await served.close();
  await store.close();
});

it('leads from the report to the step and to its attempts, whatever their names are', async () => {
  const report = await served.get('/');
  const stepLink = linkTo(report.text, '/steps/');
  const step = await served.get(stepLink);
  const attempt = await served.get(linkTo(step.text, '/api/v1/attempts/'));

  expect([report.status, step.status, attempt.status]).toEqual([200, 200, 200]);
  expect(attempt.json<{ flow: string }>().flow).toBe(EVIL);
});

it('sends names from the network as text, and forbids everything but its own style', async () => {
  const report = await served.get('/');
  const pages = [report, await served.get(linkTo(report.text, '/steps/'))];

  for (const page of pages) {
    expect(page.text).toContain('&lt;script&gt;');
    expect(page.text).not.toContain('<script');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['x-content-type-options']).toBe('nosniff');
  }
});

it('answers for a step that there is none of with problem details', async () => {
  const answer = await served.get('/steps/No/such');

  expect(answer.status).toBe(404);
  expect(answer.json<{ code: string }>().code).toBe('not-found');
});

function linkTo(page: string, prefix: string): string {
  const link = new RegExp(`href="(${prefix}[^"]*)"`).exec(page)?.[1];
  if (link === undefined) throw new Error(`no link to ${prefix}`);
  return link.replaceAll('&amp;', '&').replaceAll('&#39;', "'");
}
