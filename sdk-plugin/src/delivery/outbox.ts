import { gzipSync } from 'node:zlib';

import type { AttemptEnd, AttemptFacts } from '../attempt/attempt.ts';
import type { Encoder, Totals } from '../otlp/encoder.ts';
import type { Sample } from '../sampling/sample.ts';
import { BackOff } from './back-off.ts';
import type { CollectorClient } from './collector-client.ts';
import type { Claim, ExportKind, Spool } from './spool.ts';

/** A request stays around 100 KB before compression, whatever piles up. */
const SAMPLES_PER_REQUEST = 300;
/** About ten minutes at one sample a second: kept in memory for a collector that is restarted. */
const SAMPLES_IN_MEMORY = 600;
/** How long others' spooled exports may delay our end. */
const SPOOL_AT_END_MS = 500;

export interface OutboxOptions {
  readonly encoder: Encoder;
  readonly client: CollectorClient;
  readonly spool: Spool;
  readonly say: (text: string) => void;
  readonly random?: () => number;
}

/** What the closing span says. */
export interface Closing {
  readonly end: AttemptEnd;
  readonly totals: Totals;
}

/**
 * Samples on their way to the collector.
 *
 * What is not acknowledged stays in memory and is tried again, ever less often; a long outage moves it to the
 * spool in large pieces; when time is up, everything left goes there.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #backOff: BackOff;
  #samples: Sample[] = [];
  #closing: Closing | undefined;
  #isFinished = false;
  #nextTryMs = 0;
  #retry: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #claim: Claim | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.random);
  }

  learn(facts: AttemptFacts): void {
    this.#options.encoder.learn(facts);
  }

  /** Queues a sample; `flush` says that it is time to send what is queued. Sending never delays the caller. */
  add(sample: Sample, { flush }: { readonly flush: boolean }): void {
    this.#samples.push(sample);
    if (flush) this.#sendSoon();
  }

  /**
   * Sends what is left and the closing span, for `withinMs` at most and no longer than until `hurry`; what could not
   * be delivered by then is spooled. Afterwards old exports of the spool are sent too.
   */
  async close(closing: Closing, withinMs: number, hurry?: Promise<void>): Promise<void> {
    clearTimeout(this.#retry);
    this.#closing = closing;
    const gaveUp = after(withinMs);
    await Promise.race([this.#sendRest(withinMs), gaveUp.promise, ...(hurry ? [hurry] : [])]);
    gaveUp.cancel();
    // From here on nothing that is still under way changes anything.
    this.#isFinished = true;
    this.#spoolRest();
    // Still under way: the next sampler sends it, perhaps again, which is harmless.
    this.#claim?.putBack();
    this.#options.client.close();
  }

  async #sendRest(withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    await this.#sending;
    if (!(await this.#sendSamples()) || !(await this.#sendSpan())) return;
    const spoolUntilMs = Math.min(deadlineMs, performance.now() + SPOOL_AT_END_MS);
    while (performance.now() < spoolUntilMs && (await this.#sendOneSpooled()));
  }

  #sendSoon(): void {
    if (this.#sending !== undefined || this.#isFinished) return;
    const waitMs = this.#nextTryMs - performance.now();
    if (waitMs > 0) {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => {
        this.#sendSoon();
      }, waitMs);
      this.#retry.unref();
      return;
    }
    this.#sending = this.#sendRound().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Own samples first, and one spooled export after them. */
  async #sendRound(): Promise<void> {
    if (await this.#sendSamples()) await this.#sendOneSpooled();
  }

  async #sendSamples(): Promise<boolean> {
    while (this.#samples.length > 0) {
      const batch = this.#samples.slice(0, SAMPLES_PER_REQUEST);
      const isTaken = await this.#post('metrics', pack(this.#options.encoder.metrics(batch)));
      if (this.#isFinished) return false;
      if (!isTaken) {
        this.#spill();
        return false;
      }
      this.#samples.splice(0, batch.length);
    }
    return true;
  }

  async #sendSpan(): Promise<boolean> {
    if (this.#closing === undefined) return true;
    const { end, totals } = this.#closing;
    if (!(await this.#post('traces', pack(this.#options.encoder.span(end, totals))))) return false;
    if (!this.#isFinished) this.#closing = undefined;
    return !this.#isFinished;
  }

  /** Returns whether there may be more. */
  async #sendOneSpooled(): Promise<boolean> {
    if (this.#isFinished) return false;
    const claim = this.#options.spool.claim();
    if (claim === undefined) return false;
    this.#claim = claim;
    const isSettled = await this.#post(claim.kind, claim.body);
    if (isSettled) claim.discard();
    else claim.putBack();
    this.#claim = undefined;
    return isSettled;
  }

  /** Whether the export is settled: delivered, or refused for good. */
  async #post(kind: ExportKind, body: Buffer): Promise<boolean> {
    const answer = await this.#options.client.post(kind, body);
    if (answer.reason !== undefined) {
      this.#options.say(`${answer.verdict} ${kind}: ${answer.reason}`);
    }
    if (answer.verdict !== 'unavailable') {
      this.#backOff.succeed();
      this.#nextTryMs = 0;
      return true;
    }
    this.#nextTryMs = performance.now() + this.#backOff.fail(answer.retryAfterMs);
    return false;
  }

  /** Bounds memory during an outage. */
  #spill(): void {
    while (this.#samples.length >= SAMPLES_IN_MEMORY) {
      this.#keep(
        'metrics',
        this.#options.encoder.metrics(this.#samples.splice(0, SAMPLES_PER_REQUEST)),
      );
    }
  }

  #spoolRest(): void {
    while (this.#samples.length > 0) {
      this.#keep(
        'metrics',
        this.#options.encoder.metrics(this.#samples.splice(0, SAMPLES_PER_REQUEST)),
      );
    }
    if (this.#closing !== undefined) {
      this.#keep('traces', this.#options.encoder.span(this.#closing.end, this.#closing.totals));
      this.#closing = undefined;
    }
  }

  #keep(kind: ExportKind, request: unknown): void {
    if (!this.#options.spool.put(kind, pack(request))) {
      this.#options.say(`the spool could not be written: ${kind} are lost`);
    }
  }
}

function pack(request: unknown): Buffer {
  return gzipSync(JSON.stringify(request));
}

function after(ms: number): { readonly promise: Promise<void>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return {
    promise,
    cancel: () => {
      clearTimeout(timer);
    },
  };
}
