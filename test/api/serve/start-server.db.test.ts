import type { AttemptList } from '@stepfit/api/http/schemas/attempts';
import type { System } from '@stepfit/api/http/schemas/system';
import type { ServerConfig } from '@stepfit/api/serve/server-config';
import { type Server, startServer } from '@stepfit/api/serve/start-server';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openTestStore, type TestStore } from '../../support/database.ts';
import { sendHalf } from '../support/half-request.ts';
import { requestsOf } from '../support/served-app.ts';
import { until } from '../support/served-process.ts';

let store: TestStore;
let servers: Server[];

beforeEach(async () => {
  store = await openTestStore('postgres');
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map(async (server) => server.close()));
  await store.close();
});

async function start(roles: ServerConfig['roles']): Promise<Server> {
  const { databaseUrl = '' } = store;
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    dataDir: '/nonexistent',
    databaseUrl,
    roles,
    isInsecure: false,
    prices: EXAMPLE_PRICES,
    logLevel: 'silent',
    retentionDays: 30,
    hooks: [],
    network: 'on',
  });
  servers.push(server);
  return server;
}

async function post({ url }: Server, path: string, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return answer.status;
}

async function getJson<Body>({ url }: Server, path: string): Promise<Body> {
  return (await (await fetch(`${url}${path}`)).json()) as Body;
}

describe('roles over one PostgreSQL', () => {
  it('share the work: what one takes, another sizes, a third shows', async () => {
    const collectors = [await start(['collector']), await start(['collector'])];
    const tuners = [await start(['tuner']), await start(['tuner'])];
    const api = await start(['api']);

    for (let run = 0; run < 6; run += 1) {
      const requests = requestsOf({
        run: `run-${run}`,
        startMs: Date.now() - 3_600_000,
        declaredMemoryMiB: 8192,
        requestMemoryMiB: 8192,
        backend: 'local',
        peakMiB: 200,
        outcome: 'succeeded',
      });
      for (const [index, [path, body]] of Object.entries(requests).entries()) {
        const collector = collectors[(run + index) % collectors.length];
        if (collector === undefined) throw new Error('no collector');
        expect(await post(collector, path, body)).toBe(200);
      }
    }
    const system = await until(
      async () => getJson<System>(api, '/api/v1/system'),
      ({ attempts, steps }) => attempts.settled === 6 && steps.tuneDue === 0,
    );

    expect(system).toMatchObject({
      roles: ['api'],
      store: 'postgres',
      steps: { withSuggestion: 1 },
    });
    for (const server of [...collectors, ...tuners]) {
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
      expect((await fetch(`${server.url}/api/v1/system`)).status).toBe(404);
    }
    expect(await post(api, '/v1/metrics', {})).toBe(404);
  });
});

describe('a shutdown', () => {
  it('finishes requests in flight, and takes no new ones', async () => {
    const server = await start(['collector', 'tuner', 'api']);
    const { '/v1/metrics': payload = {} } = requestsOf({
      startMs: Date.now() - 60_000,
      peakMiB: 5,
    });
    const body = JSON.stringify(payload);
    const { socket, answer } = await sendHalf(server.url, body);

    const closed = server.close();
    await until(
      async () =>
        fetch(`${server.url}/healthz`).then(
          () => 'open',
          () => 'refused',
        ),
      (state) => state === 'refused',
    );
    socket.write(body.slice(body.length / 2));
    const response = await answer;
    await closed;

    expect(response).toMatch(/^HTTP\/1\.1 200 /);
    const other = await start(['api']);
    const { attempts } = await getJson<AttemptList>(other, '/api/v1/attempts');
    expect(attempts).toHaveLength(1);
  });

  it('that is asked for twice happens once', async () => {
    const server = await start(['api']);

    await Promise.all([server.close(), server.close()]);
    await server.close();

    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow('fetch failed');
  });
});
