import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';

import type { OtlpAttributes } from './otlp-request.ts';
import type { RejectionTally } from './rejection.ts';

/** A step that follows more others than this is no step that anybody wrote. */
const MOST_PARENTS = 256;
const LONGEST_NAME = 512;

/** The steps that an attempt's step follows; absent where nobody said, refused by name where it is no list of names. */
export function readStepParents(
  attributes: OtlpAttributes,
  tally: RejectionTally,
): readonly string[] | undefined {
  const { name } = RESOURCE_ATTRIBUTES.stepParents;
  const value = attributes.get(name);
  if (value === undefined) return undefined;
  const parents = typeof value === 'string' ? parseNames(value) : undefined;
  if (parents === undefined) tally.add('bad-attribute', name, 0, 'it must be a JSON list of names');
  return parents;
}

function parseNames(text: string): readonly string[] | undefined {
  // An escaped NUL inside JSON is refused by jsonb columns.
  if (/\0|\\u0000/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.length <= MOST_PARENTS && value.every(isName)
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME;
}
