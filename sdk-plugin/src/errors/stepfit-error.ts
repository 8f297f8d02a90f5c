/** Every failure a person can meet, by area. The list is closed; `docs/errors.md` documents each. */
export type ErrorCode =
  | 'invalid-input'
  | 'not-found'
  | 'conflict'
  | 'unauthorized'
  | 'forbidden'
  | 'payload-too-large'
  | 'unsupported-media-type'
  | 'too-many-steps'
  | 'store-locked'
  | 'store-unavailable'
  | 'port-in-use'
  | 'server-unreachable'
  | 'unsafe-listen'
  | 'forge-failed'
  | 'internal';

/**
 * The one error class: what happened, where, and what to do next.
 *
 * `code` is stable and machine-readable; `message` says what happened and where; `hint` says what to do.
 * HTTP statuses and exit codes are derived from `code` at the edges, never stored here.
 */
export class StepfitError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StepfitError';
    this.code = code;
    this.hint = options.hint;
  }
}
