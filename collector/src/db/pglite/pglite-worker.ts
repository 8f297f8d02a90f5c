import { parentPort, workerData } from 'node:worker_threads';

import { PGlite } from '@electric-sql/pglite';

import type {
  PgliteErrorFields,
  PgliteRequest,
  PgliteResponse,
  PgliteWorkerData,
} from './pglite-messages.ts';

/**
 * PostgreSQL in WebAssembly runs each query to its end before it returns, so it lives in this thread and
 * the main thread's loop never waits for it.
 */
const port = parentPort;
if (port === null) throw new Error('pglite-worker.ts runs as a worker thread only');

function answer(response: PgliteResponse): void {
  port?.postMessage(response);
}

function errorFields(error: unknown): PgliteErrorFields {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, detail, constraint } = error as { [key in keyof PgliteErrorFields]?: unknown };
  return {
    message: error.message,
    ...(typeof code === 'string' && { code }),
    ...(typeof detail === 'string' && { detail }),
    ...(typeof constraint === 'string' && { constraint }),
  };
}

async function open(): Promise<PGlite> {
  const { dataDir, snapshot } = workerData as PgliteWorkerData;
  return PGlite.create({
    ...(dataDir !== undefined && { dataDir }),
    ...(snapshot !== undefined && { loadDataDir: new Blob([new Uint8Array(snapshot)]) }),
  });
}

async function serve(db: PGlite, request: PgliteRequest): Promise<void> {
  const { id } = request;
  switch (request.kind) {
    case 'query': {
      const { rows, affectedRows } = await db.query(request.sql, [...request.parameters]);
      answer({ id, result: { rows, affectedRows } });
      return;
    }
    case 'dump': {
      const tar = await db.dumpDataDir('none');
      answer({ id, dump: new Uint8Array(await tar.arrayBuffer()) });
      return;
    }
    case 'close':
      await db.close();
      answer({ id, result: { rows: [], affectedRows: undefined } });
      port?.close();
  }
}

try {
  const db = await open();
  let previous: Promise<void> = Promise.resolve();
  port.on('message', (request: PgliteRequest) => {
    previous = previous
      .then(async () => {
        await serve(db, request);
      })
      .catch((error: unknown) => {
        answer({ id: request.id, error: errorFields(error) });
      });
  });
  answer({ id: 0, result: { rows: [], affectedRows: undefined } });
} catch (error) {
  answer({ id: 0, error: errorFields(error) });
  port.close();
}
