/** Why a point, a span or an attribute was not taken. Closed: a new reason needs a line in `docs/otlp.md`. */
export const REJECT_REASONS = {
  'unknown-metric': 'The metric is not in the contract.',
  'unknown-span': 'The span is not named `stepfit.attempt`.',
  'wrong-type': 'The metric has another instrument than the contract’s.',
  'wrong-unit': 'The unit is missing, or cannot be converted to the contract’s.',
  'delta-temporality': 'The sum is a delta; a cumulative one is needed.',
  'no-value': 'The point carries no number, or says that none was recorded.',
  'not-a-number': 'The value is NaN or infinite.',
  'negative-value': 'The value is below 0.',
  'out-of-range': 'The value is beyond what any machine has, or a fraction of something counted.',
  'too-old': 'The time is before what the store keeps.',
  'in-future': 'The time is more than an hour ahead.',
  'ends-before-start': 'The span ends before the attempt starts.',
  'missing-attribute': 'A required attribute is missing: the attempt is not known.',
  'bad-attribute':
    'An attribute has a value it cannot have. With a count of 0, only it was left out.',
  'attribute-too-long': 'A part of the identity is longer than 512 characters.',
  'other-project': 'The token that it was sent with is for another project.',
  'too-many-series': 'One metric of one attempt has too many series in one request.',
  'too-many-steps': 'The project has as many steps as it may have.',
} as const;

export type RejectReason = keyof typeof REJECT_REASONS;

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
