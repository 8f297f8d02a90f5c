import { type JsonMember, jsonMembers } from '@stepfit/tuner/prices/import/json-members';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** The text in pieces, as a file arrives. */
async function* pieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function membersOf(
  text: string,
  isWanted: (path: readonly string[]) => boolean,
  size = 7,
): Promise<JsonMember[]> {
  const found: JsonMember[] = [];
  for await (const member of jsonMembers(pieces(text, size), isWanted)) found.push(member);
  return found;
}

describe('jsonMembers', () => {
  it('yields the objects that are wanted, with their paths, and no others', async () => {
    const text = JSON.stringify({
      about: 'a "quoted\\" { brace',
      products: { A: { name: 'x}' }, B: { deep: { A: 1 }, list: [{ name: 'no' }] } },
      terms: { OnDemand: { A: { price: 1 } }, Reserved: { A: { price: 2 } } },
    });

    const found = await membersOf(
      text,
      ([section, kind, ...rest]) =>
        (section === 'products' && rest.length === 0 && kind !== undefined) ||
        (section === 'terms' && kind === 'OnDemand' && rest.length === 1),
    );

    expect(found).toEqual([
      { path: ['products', 'A'], value: { name: 'x}' } },
      { path: ['products', 'B'], value: { deep: { A: 1 }, list: [{ name: 'no' }] } },
      { path: ['terms', 'OnDemand', 'A'], value: { price: 1 } },
    ]);
  });

  it('finds in pieces of any size what JSON.parse finds in the whole', async () => {
    const nested = fc.dictionary(
      fc.string(),
      fc.oneof(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.array(fc.jsonValue()),
        fc.string(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        nested,
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom(undefined, 2),
        async (value, size, indent) => {
          const found = await membersOf(
            JSON.stringify(value, null, indent),
            (path) => path.length === 1,
            size,
          );
          const objects = Object.values(JSON.parse(JSON.stringify(value)) as object).filter(
            (member) => typeof member === 'object' && member !== null && !Array.isArray(member),
          );
          expect(found.map((member) => member.value)).toEqual(objects);
        },
      ),
    );
  });

  it.each(['{"products": {"A": {"name": "x"}', '{"a": "never closed'])(
    'says of %s that it ends in the middle',
    async (text) => {
      await expect(membersOf(text, () => false)).rejects.toThrow('it ends in the middle');
    },
  );

  it('names the member that is no JSON', async () => {
    await expect(membersOf('{"A": {"x": nonsense}}', () => true)).rejects.toThrow('A is not valid');
  });
});
