import { Worker } from 'node:worker_threads';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type {
  PgliteErrorFields,
  PgliteQueryResult,
  PgliteRequest,
  PgliteResponse,
  PgliteWorkerData,
} from './pglite-messages.ts';

/** PostgreSQL refused a statement: the shape that `pg`'s errors have, so that callers need not care which. */
export class PgliteError extends Error {
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly constraint: string | undefined;

  constructor(fields: PgliteErrorFields) {
    super(fields.message);
    this.name = 'PgliteError';
    this.code = fields.code;
    this.detail = fields.detail;
    this.constraint = fields.constraint;
  }
}

/** Omits the id of each kind of request; a plain `Omit` would merge the kinds. */
type Question = PgliteRequest extends infer Request
  ? Request extends PgliteRequest
    ? Omit<Request, 'id'>
    : never
  : never;

interface Waiting {
  resolve(response: PgliteResponse): void;
  reject(error: Error): void;
}

/** One PGlite in a worker thread, seen from the main thread: a single session, queries in order. */
export class PgliteClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #gone: StepfitError | undefined;

  /**
   * Starts a worker and waits until its database accepts queries. A new data directory costs seconds and
   * several hundred MiB while PostgreSQL initialises it.
   *
   * @throws {StepfitError} `store-unavailable` when the database cannot be opened.
   */
  static async open(options: {
    readonly dataDir?: string;
    readonly snapshot?: Uint8Array;
  }): Promise<PgliteClient> {
    const workerData: PgliteWorkerData = {
      dataDir: options.dataDir,
      snapshot: options.snapshot,
    };
    const client = new PgliteClient(
      new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData }),
    );
    try {
      await client.#answerTo(0);
    } catch (error) {
      await client.#worker.terminate();
      const where = options.dataDir === undefined ? 'in memory' : `in ${options.dataDir}`;
      throw new StepfitError(
        'store-unavailable',
        `The embedded database ${where} could not be opened: ${error instanceof Error ? error.message : String(error)}`,
        {
          hint: 'Check that the folder is writable and the disk has space; a damaged folder can be moved away.',
          cause: error,
        },
      );
    }
    return client;
  }

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (response: PgliteResponse) => {
      const waiting = this.#waiting.get(response.id);
      this.#waiting.delete(response.id);
      if (waiting === undefined) return;
      if ('error' in response) waiting.reject(new PgliteError(response.error));
      else waiting.resolve(response);
    });
    worker.on('error', (error) => {
      this.#end('The embedded database failed.', error);
    });
    worker.on('exit', () => {
      this.#end('The embedded database is closed.');
    });
  }

  async query(sql: string, parameters: readonly unknown[] = []): Promise<PgliteQueryResult> {
    const response = await this.#ask({ kind: 'query', sql, parameters });
    if ('result' in response) return response.result;
    throw new StepfitError('internal', 'The database worker answered a query with something else.');
  }

  /** The whole database as a tar, for `snapshot`. */
  async dump(): Promise<Uint8Array> {
    const response = await this.#ask({ kind: 'dump' });
    if ('dump' in response) return response.dump;
    throw new StepfitError('internal', 'The database worker answered a dump with something else.');
  }

  /** Waits for queries under way, closes the database cleanly, ends the worker. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#gone !== undefined) return;
    const exited = new Promise<void>((resolve) => {
      this.#worker.once('exit', () => {
        resolve();
      });
    });
    const closing = this.#ask({ kind: 'close' });
    this.#gone = new StepfitError('store-unavailable', 'The embedded database is closed.');
    await closing;
    await exited;
  }

  async #ask(question: Question): Promise<PgliteResponse> {
    if (this.#gone !== undefined) throw this.#gone;
    const id = this.#nextId;
    this.#nextId += 1;
    const answer = this.#answerTo(id);
    this.#worker.postMessage({ ...question, id });
    return answer;
  }

  async #answerTo(id: number): Promise<PgliteResponse> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #end(message: string, cause?: unknown): void {
    this.#gone ??= new StepfitError('store-unavailable', message, { cause });
    for (const waiting of this.#waiting.values()) waiting.reject(this.#gone);
    this.#waiting.clear();
  }
}
