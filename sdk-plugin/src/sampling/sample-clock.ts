/**
 * Time stamps of samples in milliseconds since 1970: wall-clock at the start, monotonic from there, each a
 * millisecond after the one before at least, so that no two samples of a series fall together.
 */
export class SampleClock {
  readonly startedMs: number;
  readonly #monotonicMs: () => number;
  readonly #beganMs: number;
  #lastMs: number;

  constructor(startedMs: number, monotonicMs: () => number = () => performance.now()) {
    this.startedMs = startedMs;
    this.#monotonicMs = monotonicMs;
    this.#beganMs = monotonicMs();
    this.#lastMs = startedMs;
  }

  /** Milliseconds since the start. */
  elapsedMs(): number {
    return this.#monotonicMs() - this.#beganMs;
  }

  stampMs(): number {
    this.#lastMs = Math.max(Math.trunc(this.startedMs + this.elapsedMs()), this.#lastMs + 1);
    return this.#lastMs;
  }
}
