const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * How long to wait after a failure: twice as long each time, and somewhere in the upper half of that, so that
 * many samplers do not come back to a collector at one moment ("equal jitter").
 */
export class BackOff {
  readonly #random: () => number;
  #nextMs = FIRST_RETRY_MS;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  succeed(): void {
    this.#nextMs = FIRST_RETRY_MS;
  }

  /** Milliseconds to wait now; `atLeastMs` is what the collector asked for. */
  fail(atLeastMs = 0): number {
    const waitMs = this.#nextMs * (0.5 + this.#random() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_RETRY_MS);
    return Math.max(waitMs, atLeastMs);
  }
}
