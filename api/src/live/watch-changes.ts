import type { Store } from '@stepfit/collector/db/open-store';
import type { Logger } from '@stepfit/collector/logging/logger';
import { sql } from 'kysely';

import type { LiveState } from '../http/schemas/live.ts';

/** Told of what has changed in a project. */
export type Listener = (state: LiveState) => void;

export interface ChangeWatch {
  /** Tells how things stand now, then each time that they have changed. Returns how to stop. */
  subscribe(project: string, listener: Listener): () => void;
  stop(): void;
}

interface Watched {
  readonly listeners: Set<Listener>;
  last: LiveState | undefined;
}

/**
 * Looks once a rest whether anything changed in the projects that somebody watches, and not at all while
 * nobody does. It reads the store, so that it knows what other replicas wrote.
 *
 * @param restMs between two looks.
 */
export function watchChanges(db: Store['db'], log: Logger, restMs: number): ChangeWatch {
  const projects = new Map<string, Watched>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function look(): Promise<void> {
    for (const [project, watched] of projects) {
      try {
        const state = await readState(db, project);
        if (JSON.stringify(state) === JSON.stringify(watched.last)) continue;
        watched.last = state;
        for (const tell of watched.listeners) tell(state);
      } catch (error) {
        log.warn({ err: error, project }, 'changes could not be looked for');
      }
    }
    timer = projects.size === 0 || isStopped ? undefined : schedule();
  }

  function schedule(): NodeJS.Timeout {
    return setTimeout(() => void look(), restMs).unref();
  }

  return {
    subscribe(project, listener) {
      const watched = projects.get(project) ?? { listeners: new Set<Listener>(), last: undefined };
      projects.set(project, watched);
      watched.listeners.add(listener);
      if (watched.last !== undefined) listener(watched.last);
      timer ??= setTimeout(() => void look(), 0).unref();
      return () => {
        watched.listeners.delete(listener);
        if (watched.listeners.size === 0) projects.delete(project);
      };
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      projects.clear();
    },
  };
}

/** From the step table and partial indexes alone: no attempt that has ended is looked at. */
async function readState(db: Store['db'], project: string): Promise<LiveState> {
  const { rows } = await sql<{
    running: number;
    last_seen_at: Date | null;
    settled: number;
    tuned_at: Date | null;
    suggested_at: Date | null;
  }>`
    select running.*, counted.*, suggested.*
    from (
      select count(*)::int as running, max(a.last_seen_at) as last_seen_at
      from attempt a where a.project = ${project} and a.outcome is null
    ) running, (
      select coalesce(sum(step.settled_attempts), 0)::int as settled, max(step.tuned_at) as tuned_at
      from step where step.project = ${project}
    ) counted, (
      select max(s.updated_at) as suggested_at from suggestion s where s.project = ${project}
    ) suggested`.execute(db);
  const [row] = rows;
  return {
    running: row?.running ?? 0,
    settled: row?.settled ?? 0,
    ...(row?.last_seen_at && { lastSeenAt: row.last_seen_at.toISOString() }),
    ...(row?.tuned_at && { tunedAt: row.tuned_at.toISOString() }),
    ...(row?.suggested_at && { suggestedAt: row.suggested_at.toISOString() }),
  };
}
