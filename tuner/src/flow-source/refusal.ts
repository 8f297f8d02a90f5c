/** Why a step's source is left alone. */
export const REFUSAL_CODES = [
  /** Python itself would not read the file. */
  'unreadable',
  /** The flow is here, the step is not. */
  'step-not-found',
  /** Two classes, or two steps, of that name. */
  'ambiguous',
  /** The step is written in a class that several flows inherit. */
  'shared-step',
  /** The value is computed: a variable, an expression, a Config. */
  'computed',
  /** `**amounts`, or an argument without a name. */
  'unpacked',
  /** The decorator is made elsewhere, or is not Metaflow's. */
  'made-elsewhere',
  /** A mutator sets the value after the source has been read. */
  'mutator',
  /** Metaflow would refuse the step: the same decorator twice. */
  'duplicate',
  /** No line of source makes the backend ask for it. */
  'no-effect',
  /** The rewritten file did not prove to differ in the intended values only. */
  'unproven',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Nothing is changed for the step, and why; with the place to edit, where there is one. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
  readonly place?: { readonly path: string; readonly line: number };
}

/** Carries a refusal up to where the step is left alone. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(code: RefusalCode, detail: string, place?: Refusal['place']) {
    super(detail);
    this.refusal = { code, detail, ...(place === undefined ? {} : { place }) };
  }
}
