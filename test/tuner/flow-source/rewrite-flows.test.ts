import { loadPythonParser } from '@stepfit/api/flow-source/parse-python';
import { rewriteFlows } from '@stepfit/tuner/flow-source/rewrite-flows';
import { createTwoFilesPatch } from 'diff';
import { describe, expect, it } from 'vitest';

import { HARD_CASES, wantedOf } from './hard-cases.ts';

const parse = await loadPythonParser();

/** Escapes what a golden file could not show. */
function visible(text: string): string {
  return text.replaceAll('\r', '␍').replaceAll('\u{feff}', '␂').replaceAll('\t', '→');
}

describe('a flow source', () => {
  it.each(HARD_CASES.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    const { files, outcomes } = rewriteFlows(
      parse,
      [{ path: 'flow.py', text: one.source }],
      [wantedOf(one)],
    );

    const [outcome] = outcomes;
    const text = files[0]?.text ?? '';
    const diff = createTwoFilesPatch('a/flow.py', 'b/flow.py', one.source, text, '', '', {
      context: 2,
    });
    const shown = `${visible(diff)}\n${JSON.stringify(outcome, null, 2)}\n`;
    await expect(shown).toMatchFileSnapshot(`../../golden/flow-source/${name}.txt`);
    expect(text === one.source).toBe(outcome?.kind !== 'changed');
  });
});
