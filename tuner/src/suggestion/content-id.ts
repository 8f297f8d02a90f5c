import { createHash } from 'node:crypto';

/** 128 bits: no two things of a project ever meet by chance. */
const ID_LENGTH = 32;

/** The same for the same content: SHA-256 of its JSON with sorted keys, the first 32 hexadecimal digits. */
export function contentId(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, ID_LENGTH);
}

/** JSON in which the order of keys says nothing: a store may give them back in another one. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isPlainObject(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
