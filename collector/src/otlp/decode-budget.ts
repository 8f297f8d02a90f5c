import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { DecodeLimits } from './otlp-request.ts';

/** Counts what one request holds while it is decoded, so that decoding ends where a limit does. */
export class DecodeBudget {
  readonly #limits: DecodeLimits;
  #attributes = 0;
  #points = 0;
  #containers = 0;

  constructor(limits: DecodeLimits) {
    this.#limits = limits;
  }

  /** @throws {StepfitError} `payload-too-large` beyond `maxAttributes`. */
  spendAttribute(): void {
    this.#attributes += 1;
    if (this.#attributes > this.#limits.maxAttributes) {
      throw tooMany(`${this.#limits.maxAttributes} attributes`);
    }
  }

  /** A point or a span. @throws {StepfitError} `payload-too-large` beyond `maxPoints`. */
  spendPoint(): void {
    this.#points += 1;
    if (this.#points > this.#limits.maxPoints) throw tooMany(`${this.#limits.maxPoints} points`);
  }

  /** A resource or metric, which may be empty. @throws {StepfitError} `payload-too-large`, as for points. */
  spendContainer(): void {
    this.#containers += 1;
    if (this.#containers > this.#limits.maxPoints) {
      throw tooMany(`${this.#limits.maxPoints} resources and metrics`);
    }
  }
}

function tooMany(limit: string): StepfitError {
  return new StepfitError('payload-too-large', `The request holds more than ${limit}.`, {
    hint: 'Send smaller batches.',
  });
}
