import { contentId } from '@stepfit/tuner/suggestion/content-id';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** The same with the keys of every object the other way round, as another store might give it back. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, part]) => [key, reversed(part)] as const)
      .toReversed(),
  );
}

describe('the id of a content', () => {
  it('does not depend on the order of keys, nor on a way through JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const id = contentId(value);
        expect(contentId(reversed(value))).toBe(id);
        expect(contentId(JSON.parse(JSON.stringify(value)))).toBe(id);
        expect(id).toMatch(/^[0-9a-f]{32}$/);
      }),
    );
  });

  it('depends on everything else', () => {
    const ids = [
      { a: [1, 2] },
      { a: [2, 1] },
      { a: [1, 2.000_000_000_000_1] },
      { b: [1, 2] },
      [1, 2],
      null,
    ];
    expect(new Set(ids.map(contentId)).size).toBe(ids.length);
  });
});
