import type { Problem } from '@stepfit/api/http/schemas/problem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openTestStore, type TestStore } from '../../support/database.ts';
import { requestsOf, serveApp, type ServedApp } from '../support/served-app.ts';

const TOKEN = 'correct horse battery staple'.replaceAll(' ', '-');

let store: TestStore;
let served: ServedApp;
let isClosing = false;

beforeAll(async () => {
  store = await openTestStore('pglite');
  served = await serveApp(store, { token: TOKEN, isClosing: () => isClosing });
});
afterAll(async () => {
  await served.close();
  await store.close();
});

describe('a server with a token', () => {
  it.each([
    ['none', undefined],
    ['another', 'Bearer wrong'],
    ['a prefix of it', `Bearer ${TOKEN.slice(0, -1)}`],
    ['the token by another scheme', `Basic ${TOKEN}`],
  ])('refuses %s, whatever is asked for', async (_what, authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    const { '/v1/metrics': payload = {} } = requestsOf({ startMs: Date.now(), peakMiB: 1 });
    const answers = await Promise.all([
      served.app.inject({ url: '/api/v1/report', headers }),
      served.app.inject({ url: '/openapi.json', headers }),
      served.app.inject({ url: '/api/v1/system', headers }),
      served.app.inject({ url: '/nothing', headers }),
      served.app.inject({ method: 'POST', url: '/v1/metrics', headers, payload }),
    ]);

    for (const answer of answers) {
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
      expect(answer.json<Problem>()).toMatchObject({ code: 'unauthorized', status: 401 });
    }
  });

  it('takes the token', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { '/v1/metrics': payload = {} } = requestsOf({ startMs: Date.now(), peakMiB: 1 });

    expect((await served.get('/api/v1/system', headers)).status).toBe(200);
    expect(
      (await served.app.inject({ method: 'POST', url: '/v1/metrics', headers, payload }))
        .statusCode,
    ).toBe(200);
  });

  it('gives out the dashboard without, which holds nobody’s data', async () => {
    expect((await served.get('/')).status).not.toBe(401);
  });

  it('lets health probes in without', async () => {
    expect((await served.get('/healthz')).status).toBe(200);
    expect((await served.get('/readyz')).status).toBe(200);
  });
});

describe('readiness', () => {
  it('ends when a shutdown begins, while the process still lives', async () => {
    isClosing = true;
    const [ready, healthy] = await Promise.all([served.get('/readyz'), served.get('/healthz')]);
    isClosing = false;

    expect(ready.json<Problem>()).toMatchObject({ status: 503, code: 'store-unavailable' });
    expect(healthy.status).toBe(200);
  });

  it('ends when the store is gone', async () => {
    const gone = await openTestStore('pglite');
    const orphan = await serveApp(gone);
    await gone.close();

    expect((await orphan.get('/readyz')).status).toBe(503);
    expect((await orphan.get('/healthz')).status).toBe(200);
    await orphan.close();
  });
});
