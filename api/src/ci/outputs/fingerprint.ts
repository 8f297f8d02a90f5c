import { createHash } from 'node:crypto';

import type { Finding } from '../ci-report.ts';

/** The same for the same finding however its numbers move, so that trackers know it again. */
export function fingerprint({ kind, flow, step, figure }: Finding): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, flow, step, figure]))
    .digest('hex')
    .slice(0, 40);
}
