import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * As much of AWS as Metaflow asks to compile a deployment: an S3 that keeps objects in memory, and an account
 * with one queue.
 */
export interface ObjectStore {
  readonly url: string;
  close(): Promise<void>;
}

/** What AWS says of an account with one queue, to whatever `step-functions create` asks before it compiles. */
const ACCOUNT = JSON.stringify({
  stateMachines: [],
  jobQueues: [{ jobQueueName: 'q', computeEnvironmentOrder: [{ computeEnvironment: 'ce' }] }],
  computeEnvironments: [{ computeEnvironmentName: 'ce', computeResources: { type: 'EC2' } }],
  jobDefinitions: [{ jobDefinitionArn: 'definition' }],
});

/** Listens on a free port of this machine. */
export async function startObjectStore(): Promise<ObjectStore> {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { pathname } = new URL(request.url ?? '', 'http://store');
      const stored = objects.get(pathname);
      if (request.method === 'POST') {
        response.writeHead(200, { 'content-type': 'application/json' }).end(ACCOUNT);
      } else if (request.method === 'PUT') {
        objects.set(pathname, Buffer.concat(chunks));
        response.writeHead(200, { ETag: '"1"' }).end();
      } else if (stored === undefined) {
        response.writeHead(404).end();
      } else {
        const lastModified = new Date(0).toUTCString();
        response.writeHead(200, {
          'content-length': stored.length,
          'last-modified': lastModified,
          ETag: '"1"',
        });
        response.end(request.method === 'HEAD' ? undefined : stored);
      }
    })();
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => {
          done();
        });
      }),
  };
}
