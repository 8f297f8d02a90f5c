import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createApp } from '@stepfit/api/http/build-app';
import { webRoutes } from '@stepfit/api/http/web-routes';
import { createInstruments } from '@stepfit/api/telemetry/instruments';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function serve(dist: string) {
  const app = createApp({
    log: pino({ level: 'silent' }),
    instruments: createInstruments(),
    gate: { identify: async () => undefined, forget: () => undefined },
  });
  await webRoutes(app, { dist });
  return app;
}

it('says how to build the dashboard where it has not been built', async () => {
  const app = await serve('/nowhere');
  const answer = await app.inject('/steps/TrainFlow/train');

  expect(answer.statusCode).toBe(503);
  expect(answer.body).toContain('npm run build');
  await app.close();
});

it('serves every page’s address without a token, under a policy that allows no other host', async () => {
  const dist = mkdtempSync(join(tmpdir(), 'stepfit-web-'));
  folders.push(dist);
  mkdirSync(join(dist, 'assets'));
  writeFileSync(join(dist, 'index.html'), '<!doctype html>');
  writeFileSync(join(dist, 'assets', 'index-1.js'), 'void 0;');
  const app = await serve(dist);
  const page = await app.inject('/flows/A%2FB?days=7');
  const script = await app.inject('/assets/index-1.js');

  expect([page.statusCode, script.statusCode]).toEqual([200, 200]);
  expect(page.headers['cache-control']).toBe('no-cache');
  expect(script.headers['cache-control']).toContain('immutable');
  for (const { headers } of [page, script]) {
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|\*/);
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
  expect((await app.inject('/assets/../index.html')).statusCode).not.toBe(200);
  expect((await app.inject('/api/v1/report')).statusCode).toBe(401);
  await app.close();
});
