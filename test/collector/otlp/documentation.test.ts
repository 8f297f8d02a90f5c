import { readFileSync } from 'node:fs';

import { DEFAULT_INGEST_LIMITS } from '@stepfit/collector/ingest/ingest-limits';
import { REJECT_REASONS } from '@stepfit/collector/otlp/rejection';
import {
  MEMORY_SOURCES,
  OUTCOMES,
  RESOURCE_ATTRIBUTES,
  SPAN_ATTRIBUTES,
} from '@stepfit/sdk-plugin/contract/attributes';
import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import { expect, test } from 'vitest';

const DOCUMENT = readFileSync(new URL('../../../docs/otlp.md', import.meta.url), 'utf8');

const LISTED = [
  ...Object.values(METRICS).map(({ name }) => name),
  ...Object.values(RESOURCE_ATTRIBUTES).map(({ name }) => name),
  ...Object.values(SPAN_ATTRIBUTES).map(({ name }) => name),
  ...Object.keys(REJECT_REASONS),
];

test.each(LISTED)('docs/otlp.md has a row for %s', (name) => {
  expect(DOCUMENT).toContain(`| \`${name}\``);
});

test.each([...OUTCOMES, ...MEMORY_SOURCES])('docs/otlp.md names %s', (word) => {
  expect(DOCUMENT).toContain(`\`${word}\``);
});

test('docs/otlp.md states the limits that are the defaults', () => {
  const { maxBodyBytes, maxInflatedBytes, ...limits } = DEFAULT_INGEST_LIMITS;
  const numbers = [
    limits.maxPoints,
    limits.maxAttributes,
    limits.maxAttempts,
    limits.maxStepsPerProject,
  ];

  expect(DOCUMENT).toContain(`${maxBodyBytes / 2 ** 20} MiB`);
  expect(DOCUMENT).toContain(`${maxInflatedBytes / 2 ** 20} MiB`);
  expect(DOCUMENT).toMatch(new RegExp(`series of one metric .*\\| ${limits.maxSeries} `));
  expect(DOCUMENT).toContain(`${limits.retentionDays} days`);
  for (const number of numbers) expect(DOCUMENT).toContain(number.toLocaleString('en-US'));
});
