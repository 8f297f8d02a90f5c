/** What the main thread asks of the PGlite worker. Answers come back in the order of the questions. */
export type PgliteRequest =
  | {
      readonly id: number;
      readonly kind: 'query';
      readonly sql: string;
      readonly parameters: readonly unknown[];
    }
  | { readonly id: number; readonly kind: 'dump' }
  | { readonly id: number; readonly kind: 'close' };

export interface PgliteQueryResult {
  readonly rows: unknown[];
  readonly affectedRows: number | undefined;
}

/** The fields of PostgreSQL's error that survive the way between threads. */
export interface PgliteErrorFields {
  readonly message: string;
  readonly code?: string;
  readonly detail?: string;
  readonly constraint?: string;
}

/** Id 0 is the worker's own start. */
export type PgliteResponse =
  | { readonly id: number; readonly result: PgliteQueryResult }
  | { readonly id: number; readonly dump: Uint8Array }
  | { readonly id: number; readonly error: PgliteErrorFields };

export interface PgliteWorkerData {
  /** Folder of the database; absent: in memory. */
  readonly dataDir: string | undefined;
  /** A tar made by a `dump`, to start from. */
  readonly snapshot: Uint8Array | undefined;
}
