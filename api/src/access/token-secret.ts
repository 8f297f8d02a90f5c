import { createHash, randomBytes } from 'node:crypto';

/** Lets scanners find a leaked secret, and keeps whatever else is sent as a token away from the store. */
const PREFIX = 'sft_';
const SECRET_BYTES = 32;
const SHAPE = /^sft_[\w-]{43}$/;

/** A new secret: 256 random bits. */
export function createSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
}

export function looksLikeSecret(text: string): boolean {
  return SHAPE.test(text);
}

/**
 * SHA-256, base64url. Plain and unsalted is right for 256 random bits: there is nothing to guess, and the hash is
 * the key by which a token is found.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
