import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { HINT_REFUSALS } from '@stepfit/tuner/hints/hint';
import { expect, test } from 'vitest';

const DOCUMENT = join(import.meta.dirname, '../../../docs/metaflow.md');

test('the documentation has every reason why a step is launched as it is, in these words', () => {
  const rows = [...readFileSync(DOCUMENT, 'utf8').matchAll(/^\| `([a-z-]+)` +\| (.*?) +\|$/gm)];
  const told: Readonly<Record<string, string>> = Object.fromEntries(
    rows.map(([, code = '', meaning = '']) => [code, meaning] as const),
  );
  expect(told).toMatchObject(HINT_REFUSALS);
});
