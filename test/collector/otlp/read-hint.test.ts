import { readHint } from '@stepfit/collector/otlp/read-hint';
import { RejectionTally } from '@stepfit/collector/otlp/rejection';
import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import { describe, expect, test } from 'vitest';

const NAME = RESOURCE_ATTRIBUTES.hint.name;
const HINT = {
  suggestionId: '1a2b3c4d5e6f',
  arm: 'hinted',
  rung: 'second',
  sizedBy: 'features',
  before: { cpuCores: 4, memoryMiB: 8000 },
  applied: { cpuCores: 2, memoryMiB: 1536, gpuCount: 0 },
} as const;

function read(value: string | number): { hint: unknown; rejected: boolean } {
  const tally = new RejectionTally();
  const hint = readHint(new Map([[NAME, value]]), tally);
  return { hint, rejected: tally.list().some(({ name }) => name === NAME) };
}

describe('what launching did to a request', () => {
  test('is kept as it was said', () => {
    expect(read(JSON.stringify(HINT))).toEqual({ hint: HINT, rejected: false });
  });

  test('has no values applied where the attempt kept its own', () => {
    const { applied: _, ...control } = { ...HINT, arm: 'control' };
    expect(read(JSON.stringify(control))).toEqual({ hint: control, rejected: false });
  });

  test('keeps no fields that the contract does not have', () => {
    const { hint } = read(JSON.stringify({ ...HINT, note: 'x', before: { memoryMiB: 1, x: 2 } }));
    expect(hint).toEqual({ ...HINT, before: { memoryMiB: 1 } });
  });

  test('is absent where nobody said anything', () => {
    const tally = new RejectionTally();
    expect(readHint(new Map(), tally)).toBeUndefined();
    expect(tally.list()).toEqual([]);
  });

  test.each([
    ['no JSON', 'what?'],
    ['no object', '7'],
    ['no text', 7],
    ['an unknown arm', JSON.stringify({ ...HINT, arm: 'left' })],
    ['an unknown rung', JSON.stringify({ ...HINT, rung: 'third' })],
    ['no suggestion', JSON.stringify({ ...HINT, suggestionId: '' })],
    ['a negative amount', JSON.stringify({ ...HINT, before: { memoryMiB: -1 } })],
    ['an amount that is no number', JSON.stringify({ ...HINT, applied: { memoryMiB: '1' } })],
    ['amounts that are a list', JSON.stringify({ ...HINT, before: [] })],
    ['a NUL, which no jsonb column holds', JSON.stringify({ ...HINT, suggestionId: '\0' })],
    ['more than it can hold', JSON.stringify({ ...HINT, note: 'x'.repeat(5000) })],
  ])('is left out whole, and named: %s', (_, value) => {
    expect(read(value)).toEqual({ hint: undefined, rejected: true });
  });
});
