import { createHash, timingSafeEqual } from 'node:crypto';

import type { Store } from '@stepfit/collector/db/open-store';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { Access, TokenAccess } from './access.ts';
import { findToken } from './token-repository.ts';
import { hashSecret, looksLikeSecret } from './token-secret.ts';

/** Tells who asks, by what they send. */
export interface Gate {
  /** @returns Undefined for a token that is nobody's. */
  identify(given: string | undefined): Promise<Access | undefined>;
  /** Forgets what it remembers, after tokens have changed. */
  forget(): void;
}

export interface GateOptions {
  /** The token that the server was started with. */
  readonly token: string;
  readonly db: Store['db'];
  readonly clock: () => Date;
}

/** How long a token that was revoked by another replica may still be taken; a sampler sends each second or two. */
const REMEMBERED_MS = 10_000;
/** Living tokens only, by hash; beyond this many, remembering starts afresh. */
const MOST_REMEMBERED = 1000;

/** Lets everybody in: a server without a token. */
export const OPEN_GATE: Gate = {
  identify: async () => ({ kind: 'open' }),
  forget: () => undefined,
};

/**
 * Knows the administrator’s token and, from the store, those with names. What a store that does not answer would
 * know is not guessed: `store-unavailable`, which senders retry.
 */
export function createGate({ token, db, clock }: GateOptions): Gate {
  const expected = digest(token);
  const known = new Map<string, { readonly access: TokenAccess; readonly atMs: number }>();

  async function identifyNamed(secret: string): Promise<TokenAccess | undefined> {
    const now = clock();
    const hash = hashSecret(secret);
    const remembered = known.get(hash);
    if (remembered !== undefined && now.getTime() - remembered.atMs < REMEMBERED_MS) {
      return remembered.access;
    }
    known.delete(hash);
    const access = await findToken(db, hash, now).catch((cause: unknown) => {
      throw new StepfitError('store-unavailable', 'The store does not say whose token it is.', {
        hint: 'Send again later.',
        cause,
      });
    });
    if (access === undefined) return undefined;
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(hash, { access, atMs: now.getTime() });
    return access;
  }

  return {
    async identify(given) {
      if (given === undefined) return undefined;
      if (timingSafeEqual(digest(given), expected)) return { kind: 'administrator' };
      return looksLikeSecret(given) ? identifyNamed(given) : undefined;
    },
    forget() {
      known.clear();
    },
  };
}

/** Equal lengths, so that comparing takes the same time whatever was sent. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
