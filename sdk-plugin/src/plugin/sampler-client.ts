import { Worker } from 'node:worker_threads';

import type { AttemptEnd } from '../attempt/attempt.ts';
import type { Totals } from '../otlp/encoder.ts';
import type { Sample } from '../sampling/sample.ts';
import type { EndMarks } from '../sampling/tree-memory.ts';
import type { FromThread, ThreadSession, ToThread } from './thread-messages.ts';

/** Resident memory that the thread may take; a sampler needs a few MiB. */
const HEAP_MIB = 48;
/** Longer than the thread ever takes: one that has failed must not hold up the program. */
const LAST_PATIENCE_MS = 3_000;

/** One attempt as the thread measures it. */
export interface ThreadAttempt {
  /** Takes the last sample and resolves with the totals; delivering goes on beside the program. */
  stop(end: AttemptEnd, marks: EndMarks): Promise<Totals | undefined>;
}

interface Listener {
  readonly onSample: ((sample: Sample) => void) | undefined;
  readonly onStopped: (totals: Totals | undefined) => void;
}

/**
 * The program's side of the sampler's thread, which starts with the first attempt. A thread that cannot start or
 * has died costs the measurement, and nothing else.
 */
export class SamplerClient {
  readonly #listeners = new Map<number, Listener>();
  #worker: Worker | undefined;
  #hasFailed = false;
  #nextId = 0;
  /** Attempts that are not delivered yet: the program's end waits for them, two seconds at most. */
  readonly #delivering = new Set<number>();
  readonly #onIdle: (() => void)[] = [];

  /** Begins to measure; with `onSample`, samples are handed over instead of being sent. */
  start(session: ThreadSession, onSample?: (sample: Sample) => void): ThreadAttempt {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#listeners.set(id, { onSample, onStopped: () => undefined });
    this.#post({ kind: 'start', id, session, returnsSamples: onSample !== undefined });
    return {
      stop: async (end, marks) => {
        this.#delivering.add(id);
        this.#worker?.ref();
        return new Promise((resolve) => {
          const timer = setTimeout(() => {
            resolve(undefined);
            this.#finish(id);
          }, LAST_PATIENCE_MS);
          timer.unref();
          this.#listeners.set(id, {
            onSample,
            onStopped: (totals) => {
              clearTimeout(timer);
              resolve(totals);
            },
          });
          this.#post({ kind: 'stop', id, end, marks });
        });
      },
    };
  }

  /** Resolves when everything that has ended is delivered or spooled. */
  async idle(): Promise<void> {
    if (this.#delivering.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  #post(message: ToThread): void {
    this.#worker ??= this.#hasFailed ? undefined : this.#open();
    if (this.#worker === undefined) this.#fail();
    else this.#worker.postMessage(message);
  }

  #open(): Worker | undefined {
    try {
      const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
      const worker = new Worker(new URL(`./sampler-thread.${extension}`, import.meta.url), {
        resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
        // What the program loads into itself, an instrumentation perhaps, is not for the sampler.
        execArgv: [],
      });
      worker.on('message', (message: FromThread) => {
        this.#take(message);
      });
      worker.on('error', () => {
        this.#fail();
      });
      worker.on('exit', () => {
        this.#fail();
      });
      worker.unref();
      return worker;
    } catch {
      return undefined;
    }
  }

  #take(message: FromThread): void {
    const listener = this.#listeners.get(message.id);
    if (message.kind === 'sample') listener?.onSample?.(message.sample);
    else if (message.kind === 'stopped') listener?.onStopped(message.totals);
    else this.#finish(message.id);
  }

  #finish(id: number): void {
    this.#listeners.get(id)?.onStopped(undefined);
    this.#listeners.delete(id);
    this.#delivering.delete(id);
    if (this.#delivering.size > 0) return;
    this.#worker?.unref();
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #fail(): void {
    this.#hasFailed = true;
    this.#worker = undefined;
    for (const id of this.#listeners.keys()) this.#finish(id);
  }
}
