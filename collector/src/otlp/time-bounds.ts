import type { RejectionTally } from './rejection.ts';

/** Times that a request may speak of, milliseconds since 1970. */
export interface TimeBounds {
  /** Of points and of spans' ends. */
  readonly earliestMs: number;
  readonly latestMs: number;
  /** Of attempts' starts: attempts may run for longer than points are kept. */
  readonly earliestStartMs: number;
}

const DAY_MS = 24 * 3_600_000;
/** Allows for clocks that run ahead, and for a machine in the wrong time zone by no more than daylight saving. */
const MAX_AHEAD_MS = 3_600_000;
/** No batch system lets a task run for a year. */
const MAX_RUNNING_MS = 366 * DAY_MS;

export function timeBounds(nowMs: number, retentionDays: number): TimeBounds {
  const earliestMs = nowMs - retentionDays * DAY_MS;
  return {
    earliestMs,
    latestMs: nowMs + MAX_AHEAD_MS,
    earliestStartMs: earliestMs - MAX_RUNNING_MS,
  };
}

/** Whether a point or a span's end may have this time; a rejection is added where it may not. */
export function checkTime(
  timeMs: number,
  times: TimeBounds,
  name: string,
  tally: RejectionTally,
): boolean {
  if (timeMs < times.earliestMs) {
    tally.add('too-old', name, 1, 'its time is before what the store keeps');
    return false;
  }
  if (timeMs > times.latestMs) {
    tally.add('in-future', name, 1, 'its time is in the future; check the clock of the machine');
    return false;
  }
  return true;
}
