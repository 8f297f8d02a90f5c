import { type Kysely, sql } from 'kysely';

import type { Logger } from '../../logging/logger.ts';

/**
 * PGlite has no background workers. Without checkpoints the write-ahead log grows and reopening after a
 * crash replays all of it; without statistics the planner scans tables that have an index.
 */
const STATEMENTS = [
  // A minute of ingest at the highest measured rate writes about 100 MiB of log: a second or two to replay.
  { statement: 'checkpoint', everyMs: 60_000 },
  // Autovacuum's default rest between rounds is a minute; tables here double at most a few times an hour.
  { statement: 'vacuum analyze', everyMs: 10 * 60_000 },
] as const;

export interface PgliteUpkeep {
  stop(): void;
}

/** Runs the statements that a server would run by itself. */
export function startPgliteUpkeep<Tables>(db: Kysely<Tables>, log: Logger): PgliteUpkeep {
  const timers = STATEMENTS.map(({ statement, everyMs }) =>
    setInterval(() => {
      sql
        .raw(statement)
        .execute(db)
        .catch((error: unknown) => {
          log.warn({ err: error, statement }, 'upkeep of the embedded database failed');
        });
    }, everyMs).unref(),
  );
  return {
    stop() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
