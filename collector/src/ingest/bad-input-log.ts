import type { Logger } from '../logging/logger.ts';

/** A sender that is wrong is wrong each second; once a minute is enough to be seen. */
const QUIET_MS = 60_000;
/** Kinds kept apart in one minute; more of them are the work of someone who wants to fill a log. */
const MAX_KINDS = 1_000;

/** Logs each kind of bad input once a minute, with how often it came since. */
export interface BadInputLog {
  note(kind: { readonly reason: string; readonly project: string }, detail: string): void;
}

interface Seen {
  readonly loggedAtMs: number;
  count: number;
}

export function createBadInputLog(log: Logger, clock: () => Date): BadInputLog {
  const seen = new Map<string, Seen>();
  return {
    note(kind, detail) {
      const nowMs = clock().getTime();
      const key = `${kind.reason} ${kind.project}`;
      const known = seen.get(key);
      if (known !== undefined && nowMs - known.loggedAtMs < QUIET_MS) {
        known.count += 1;
        return;
      }
      if (known === undefined && seen.size >= MAX_KINDS) {
        dropQuiet(seen, nowMs);
        if (seen.size >= MAX_KINDS) return;
      }
      seen.set(key, { loggedAtMs: nowMs, count: 0 });
      log.warn({ ...kind, detail, unloggedSince: known?.count ?? 0 }, 'bad input refused');
    },
  };
}

function dropQuiet(seen: Map<string, Seen>, nowMs: number): void {
  for (const [key, { loggedAtMs }] of seen) {
    if (nowMs - loggedAtMs >= QUIET_MS) seen.delete(key);
  }
}
