import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

/** A keyset position as an opaque string. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * Reads a position back and checks its shape, since anyone can make one up.
 *
 * @throws {StepfitError} `invalid-input` when it is not a cursor of this list.
 */
export function decodeCursor<Schema extends TSchema>(
  schema: Schema,
  cursor: string,
): Static<Schema> {
  const position = parse(cursor);
  if (!Value.Check(schema, position)) {
    throw new StepfitError('invalid-input', 'The cursor is not one that this list gave out.', {
      hint: 'Use `nextCursor` of the page before, or none for the first page.',
    });
  }
  return position;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** Cuts a list that was read with one item too many, and says where the next page starts. */
export function toPage<Item>(
  items: readonly Item[],
  limit: number,
  positionOf: (item: Item) => unknown,
): { items: Item[]; nextCursor?: string } {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return items.length > limit && last !== undefined
    ? { items: page, nextCursor: encodeCursor(positionOf(last)) }
    : { items: page };
}
