import { readStepParents } from '@stepfit/collector/otlp/read-step-parents';
import { RejectionTally } from '@stepfit/collector/otlp/rejection';
import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import { expect, it } from 'vitest';

function read(value: string | undefined) {
  const tally = new RejectionTally();
  const attributes = new Map(
    value === undefined ? [] : [[RESOURCE_ATTRIBUTES.stepParents.name, value]],
  );
  return {
    parents: readStepParents(attributes, tally),
    rejected: tally.list().map(({ reason }) => reason),
  };
}

it('reads the steps that a step follows', () => {
  expect(read('["load","clean"]')).toEqual({ parents: ['load', 'clean'], rejected: [] });
  expect(read('[]').parents).toEqual([]);
  expect(read(undefined)).toEqual({ parents: undefined, rejected: [] });
});

it.each(['"load"', '{}', '[1]', '[""]', 'no json', '["\\u0000"]'])(
  'names what is no list of names: %s',
  (value) => {
    expect(read(value)).toEqual({ parents: undefined, rejected: ['bad-attribute'] });
  },
);
