import { createHash } from 'node:crypto';

/** What tells one attempt from all others. */
export interface AttemptIdentity {
  readonly project: string;
  readonly flow: string;
  readonly run: string;
  readonly step: string;
  readonly task: string;
  /** 0 first. */
  readonly attempt: number;
}

/**
 * The attempt's key in the store: 22 characters of base64url, the first 132 bits of SHA-256 over the
 * identity. Deterministic, so that every replica, importer and resend comes to the same row without asking.
 */
export function attemptId(identity: AttemptIdentity): string {
  const { project, flow, run, step, task, attempt } = identity;
  return createHash('sha256')
    .update(JSON.stringify([project, flow, run, step, task, attempt]))
    .digest('base64url')
    .slice(0, 22);
}
