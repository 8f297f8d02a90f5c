/** Short attempts and the first seconds of long ones are where peaks hide: one tenth of the time gone by. */
const SHORTEST_INTERVAL_MS = 100;
const INTERVAL_SHARE = 0.1;
/** An export each half second at first, then each two seconds: an attempt that is killed has no last word. */
const SHORTEST_EXPORT_MS = 500;
const LONGEST_EXPORT_MS = 2_000;
/** A need that moves by this much since the last sample may go on moving. */
const RESTLESS_SHARE = 0.05;
/** Processor time that dense sampling may take: a quarter second to begin with, then two thousandths of a core. */
const ALLOWANCE_MS = 250;
const ALLOWANCE_SHARE = 0.002;

export interface Pace {
  readonly elapsedMs: number;
  /** Interval that a calm attempt comes to. */
  readonly longestMs: number;
  readonly isRestless: boolean;
  /** Processor time that sampling has taken. */
  readonly spentMs: number;
}

/**
 * Milliseconds until the next sample: dense at the start, `longestMs` later, and dense again while an attempt is
 * restless, as far as the sampler's own processor time allows.
 */
export function sampleAfterMs({ elapsedMs, longestMs, isRestless, spentMs }: Pace): number {
  if (isRestless && spentMs < ALLOWANCE_MS + ALLOWANCE_SHARE * elapsedMs) {
    return Math.min(longestMs, SHORTEST_INTERVAL_MS);
  }
  return Math.min(longestMs, Math.max(SHORTEST_INTERVAL_MS, elapsedMs * INTERVAL_SHARE));
}

/** Milliseconds between two exports. */
export function exportAfterMs(elapsedMs: number): number {
  return Math.min(LONGEST_EXPORT_MS, Math.max(SHORTEST_EXPORT_MS, elapsedMs * INTERVAL_SHARE));
}

/**
 * Whether an attempt's memory or processes changed since the sample before. Children that come and go are the
 * reason: what they hold is only seen while they live.
 */
export class Restlessness {
  isRestless = false;
  #needBytes: number | undefined;
  #processes: string | undefined;

  /** `keys` identify the processes alive. */
  fold(needBytes: number, keys: readonly string[]): void {
    const processes = keys.toSorted().join();
    const before = this.#needBytes;
    const hasMoved = before !== undefined && Math.abs(needBytes - before) > RESTLESS_SHARE * before;
    this.isRestless = hasMoved || (this.#processes !== undefined && this.#processes !== processes);
    this.#needBytes = needBytes;
    this.#processes = processes;
  }
}
