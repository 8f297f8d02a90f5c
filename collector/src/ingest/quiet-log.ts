/** What goes wrong once goes wrong each second; once a minute is enough to be seen. */
const QUIET_MS = 60_000;
/** Kinds kept apart in one minute; more of them are the work of someone who wants to fill a log. */
const MAX_KINDS = 1_000;

export interface NoteKind {
  readonly reason: string;
  /** Empty where it is not known. */
  readonly project: string;
}

export interface NoteFields extends NoteKind {
  readonly detail: string;
  /** How many more of the kind came since it was last written. */
  readonly unloggedSince: number;
}

/** Writes each kind of note once a minute. */
export interface QuietLog {
  note(kind: NoteKind, detail: string): void;
}

interface Seen {
  readonly writtenAtMs: number;
  count: number;
}

export function createQuietLog(clock: () => Date, write: (fields: NoteFields) => void): QuietLog {
  const seen = new Map<string, Seen>();
  return {
    note(kind, detail) {
      const nowMs = clock().getTime();
      const key = `${kind.reason} ${kind.project}`;
      const known = seen.get(key);
      if (known !== undefined && nowMs - known.writtenAtMs < QUIET_MS) {
        known.count += 1;
        return;
      }
      if (known === undefined && seen.size >= MAX_KINDS) {
        dropOld(seen, nowMs);
        if (seen.size >= MAX_KINDS) return;
      }
      seen.set(key, { writtenAtMs: nowMs, count: 0 });
      write({ ...kind, detail, unloggedSince: known?.count ?? 0 });
    },
  };
}

function dropOld(seen: Map<string, Seen>, nowMs: number): void {
  for (const [key, { writtenAtMs }] of seen) {
    if (nowMs - writtenAtMs >= QUIET_MS) seen.delete(key);
  }
}
