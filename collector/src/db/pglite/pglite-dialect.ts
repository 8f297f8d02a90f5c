import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import {
  AbortedTransactionError,
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';

import type { PgliteClient } from './pglite-client.ts';

export interface PgliteDialectOptions {
  readonly client: PgliteClient;
  /** Longest wait for the one session before the query fails, milliseconds. */
  readonly sessionTimeoutMs: number;
}

/**
 * Kysely over a {@link PgliteClient}. PGlite has one session, so connections are handed out one at a time.
 *
 * Kysely's own PGlite dialect waits for the session without limit, and a query on `db` inside
 * `db.transaction()` then hangs for ever: the transaction waits for the query, the query for the
 * transaction's session. Here the wait ends with an error that says so.
 */
export class PgliteDialect implements Dialect {
  readonly #options: PgliteDialectOptions;

  constructor(options: PgliteDialectOptions) {
    this.#options = options;
  }

  createAdapter(): PostgresAdapter {
    return new PostgresAdapter();
  }

  createDriver(): Driver {
    return new PgliteDriver(this.#options);
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db);
  }

  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler();
  }
}

class PgliteDriver implements Driver {
  readonly #client: PgliteClient;
  readonly #connection: PgliteConnection;
  readonly #session: Session;

  constructor({ client, sessionTimeoutMs }: PgliteDialectOptions) {
    this.#client = client;
    this.#connection = new PgliteConnection(client);
    this.#session = new Session(sessionTimeoutMs);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#session.acquire();
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#session.release();
  }

  async beginTransaction(_: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const isolation = settings.isolationLevel ? ` isolation level ${settings.isolationLevel}` : '';
    const access = settings.accessMode ? ` ${settings.accessMode}` : '';
    await this.#client.query(`begin${isolation}${access}`);
    this.#connection.hasFailed = false;
  }

  async commitTransaction(): Promise<void> {
    // PostgreSQL answers the `commit` of a failed transaction by rolling back, without an error.
    if (this.#connection.hasFailed) {
      await this.#client.query('rollback');
      throw new AbortedTransactionError();
    }
    await this.#client.query('commit');
  }

  async rollbackTransaction(): Promise<void> {
    await this.#client.query('rollback');
  }

  async destroy(): Promise<void> {
    await this.#client.close();
  }
}

class PgliteConnection implements DatabaseConnection {
  /** A statement failed since the last `begin`. */
  hasFailed = false;
  readonly #client: PgliteClient;

  constructor(client: PgliteClient) {
    this.#client = client;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { rows, affectedRows } = await this.#client.query(query.sql, query.parameters);
      return {
        // The caller of a typed query builder states what its rows are; no driver can check it.
        rows: rows as R[],
        ...(affectedRows !== undefined && { numAffectedRows: BigInt(affectedRows) }),
      };
    } catch (error) {
      this.hasFailed = true;
      throw error;
    }
  }

  // oxlint-disable-next-line require-yield -- the interface wants a generator
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new StepfitError('internal', 'The embedded database cannot stream a query.');
  }
}

/** A first-come mutex whose waiters give up after a time. */
class Session {
  readonly #timeoutMs: number;
  readonly #queue: (() => void)[] = [];
  #isTaken = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  async acquire(): Promise<void> {
    if (!this.#isTaken) {
      this.#isTaken = true;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      function proceed(): void {
        clearTimeout(timer);
        resolve();
      }
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(proceed), 1);
        reject(
          new StepfitError(
            'store-unavailable',
            `The embedded database was busy with one transaction for ${this.#timeoutMs} ms.`,
            {
              hint: 'Inside db.transaction() use only the handle it passes; for long work use PostgreSQL.',
            },
          ),
        );
      }, this.#timeoutMs);
      this.#queue.push(proceed);
    });
  }

  release(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}
