import type { Store } from './db/open-store.ts';
import type { IngestLimits } from './ingest/ingest-limits.ts';
import type { Logger } from './logging/logger.ts';

/** Where the collector reports on itself; the service connects it to OpenTelemetry. */
export interface CollectorMeters {
  /** Points of one committed transaction, and how long storing them took. */
  pointsStored(count: number, durationMs: number): void;
  /** Points or spans refused, by reason code. */
  pointsRejected(count: number, reason: string): void;
  /** Attempts that one pass of the settle job finished. */
  attemptsSettled(count: number): void;
}

/** Everything that ingest and the jobs need, by argument. */
export interface CollectorContext {
  readonly store: Store;
  readonly clock: () => Date;
  readonly log: Logger;
  readonly limits: IngestLimits;
  readonly meters?: CollectorMeters;
}
