/** Short attempts and the first seconds of long ones are where peaks hide: one tenth of the time gone by. */
const SHORTEST_INTERVAL_MS = 100;
const INTERVAL_SHARE = 0.1;
/** An export each half second at first, then each two seconds: an attempt that is killed has no last word. */
const SHORTEST_EXPORT_MS = 500;
const LONGEST_EXPORT_MS = 2_000;

/** Milliseconds until the next sample: dense at the start, `longestMs` later. */
export function sampleAfterMs(elapsedMs: number, longestMs: number): number {
  return Math.min(longestMs, Math.max(SHORTEST_INTERVAL_MS, elapsedMs * INTERVAL_SHARE));
}

/** Milliseconds between two exports. */
export function exportAfterMs(elapsedMs: number): number {
  return Math.min(LONGEST_EXPORT_MS, Math.max(SHORTEST_EXPORT_MS, elapsedMs * INTERVAL_SHARE));
}
