import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createApiClient } from '@stepfit/api/client/api-client';
import { afterEach, describe, expect, it } from 'vitest';

let server: Server | undefined;

afterEach(async () => {
  await new Promise((resolve) => {
    if (server === undefined) resolve(undefined);
    else server.close(resolve);
  });
  server = undefined;
});

async function listen(answer: RequestListener): Promise<string> {
  const listening = createServer(answer);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

function json(status: number, body: unknown): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(body));
  };
}

describe('the client', () => {
  it('asks for its project and sends its token', async () => {
    const seen: string[] = [];
    const url = await listen((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization}`);
      json(200, { steps: [] })(request, response);
    });

    const client = createApiClient({ url, project: 'team a', token: 'secret' });
    await client.steps({ flow: 'Train/Flow', limit: 3 });
    await client.explain({ flow: 'Train/Flow', step: 'a b' });

    expect(seen).toEqual([
      '/api/v1/steps?project=team+a&flow=Train%2FFlow&limit=3 Bearer secret',
      '/api/v1/flows/Train%2FFlow/steps/a%20b?project=team+a Bearer secret',
    ]);
  });

  it('throws what the server said', async () => {
    const url = await listen(
      json(404, { code: 'not-found', detail: 'There is no step F/s.', hint: 'Look again.' }),
    );

    await expect(
      createApiClient({ url, project: 'default' }).explain({ flow: 'F', step: 's' }),
    ).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no step F/s.',
      hint: 'Look again.',
    });
  });

  it('says so when nothing listens', async () => {
    const url = await listen(json(200, {}));
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;

    await expect(createApiClient({ url, project: 'default' }).system()).rejects.toMatchObject({
      code: 'server-unreachable',
      message: expect.stringContaining('connection refused') as string,
    });
  });

  it('says so when something else answers', async () => {
    const url = await listen((_request, response) => response.end('<html>hello</html>'));

    await expect(createApiClient({ url, project: 'default' }).system()).rejects.toMatchObject({
      code: 'server-unreachable',
      message: expect.stringContaining('does not speak') as string,
    });
  });

  it('gives up on a server that never answers', async () => {
    const url = await listen(() => undefined);
    const client = createApiClient({ url, project: 'default', timeoutMs: 20 });

    await expect(client.system()).rejects.toMatchObject({
      code: 'server-unreachable',
      message: expect.stringContaining('timed out') as string,
    });
    server?.closeAllConnections();
  });

  it.each(['', 'localhost:4380', 'file:///etc/passwd'])(
    'refuses "%s" as an address',
    async (url) => {
      await expect(createApiClient({ url, project: 'default' }).system()).rejects.toMatchObject({
        code: 'invalid-input',
      });
    },
  );
});
