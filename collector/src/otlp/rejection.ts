/** Why a point, a span or an attribute was not taken. Closed; `docs/otlp.md` documents each. */
export type RejectReason =
  | 'unknown-metric'
  | 'unknown-span'
  | 'wrong-type'
  | 'wrong-unit'
  | 'delta-temporality'
  | 'no-value'
  | 'not-a-number'
  | 'negative-value'
  | 'out-of-range'
  | 'too-old'
  | 'in-future'
  | 'ends-before-start'
  | 'missing-attribute'
  | 'bad-attribute'
  | 'attribute-too-long'
  | 'too-many-series'
  | 'too-many-steps';

export interface Rejection {
  readonly reason: RejectReason;
  /** The metric, span or attribute it is about. */
  readonly name: string;
  /** Points or spans refused; 0 where only an attribute was left out. */
  readonly count: number;
  /** One sentence on the first case. */
  readonly detail: string;
}

/** Names kept apart in one answer; the rest are counted together. */
const MAX_NAMES = 50;
const MAX_NAME_LENGTH = 120;

/** Adds up rejections by reason and name. */
export class RejectionTally {
  readonly #byKey = new Map<string, Rejection>();

  add(reason: RejectReason, name: string, count: number, detail: string): void {
    const shownName = this.#byKey.size < MAX_NAMES ? name.slice(0, MAX_NAME_LENGTH) : '(others)';
    const key = `${reason} ${shownName}`;
    const known = this.#byKey.get(key);
    this.#byKey.set(
      key,
      known === undefined
        ? { reason, name: shownName, count, detail }
        : { ...known, count: known.count + count },
    );
  }

  list(): readonly Rejection[] {
    return [...this.#byKey.values()];
  }
}

/** Points or spans refused, attributes not counted. */
export function countRejected(rejections: readonly Rejection[]): number {
  return rejections.reduce((sum, { count }) => sum + count, 0);
}

/** The sentence for OTLP's `error_message`; empty where nothing was refused. */
export function describeRejections(rejections: readonly Rejection[]): string {
  return rejections
    .map(({ reason, name, count, detail }) =>
      count === 0
        ? `${name} left out (${reason}): ${detail}`
        : `${name}: ${count} rejected (${reason}): ${detail}`,
    )
    .join('; ');
}
