import { unifiedDiff } from '@stepfit/api/apply/unified-diff';
import { loadPythonParser } from '@stepfit/api/flow-source/parse-python';
import { rewriteFlows } from '@stepfit/tuner/flow-source/rewrite-flows';
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
    const diff = unifiedDiff('flow.py', one.source, text);
    const shown = `${visible(diff)}\n${JSON.stringify(outcome, null, 2)}\n`;
    await expect(shown).toMatchFileSnapshot(`../../golden/flow-source/${name}.txt`);
    expect(text === one.source).toBe(outcome?.kind !== 'changed');
  });

  it('may have a sum of twenty thousand terms', () => {
    const [plain] = HARD_CASES;
    if (plain === undefined) throw new Error('no cases');
    const text = `${plain.source}\nTOTAL = ${Array.from({ length: 20_000 }, () => '1').join(' + ')}\n`;

    const { outcomes } = rewriteFlows(parse, [{ path: 'flow.py', text }], [wantedOf(plain)]);

    expect(outcomes).toMatchObject([{ kind: 'changed' }]);
  });

  it('is changed step by step, and a step that cannot be leaves the others to be', () => {
    const text = `from metaflow import FlowSpec, step


class F(FlowSpec):
    @step
    def a(self):
        self.next(self.b)

    @step
    def b(self):
        self.next(self.c)

    @step
    def c(self):
        pass
`;
    const wanted = ['a', 'missing', 'c'].map((step) => ({
      flow: 'F',
      step,
      backend: 'local',
      change: { memoryMiB: 2048 },
    }));

    const { files, outcomes } = rewriteFlows(parse, [{ path: 'flow.py', text }], wanted);

    expect(outcomes.map(({ kind }) => kind)).toEqual(['changed', 'refused', 'changed']);
    expect(files[0]?.text.match(/import.*/)?.[0]).toBe('import FlowSpec, step, resources');
    expect(files[0]?.text.match(/@resources\(memory=2048\)/g)).toHaveLength(2);
  });

  it('has a base in another file, which is changed there', () => {
    const base = {
      path: 'base.py',
      text: 'from metaflow import FlowSpec, step\n\n\nclass Base(FlowSpec):\n    @step\n    def a(self):\n        pass\n',
    };
    const heir = { path: 'heir.py', text: 'from base import Base\n\n\nclass F(Base):\n    pass\n' };
    const wanted = { flow: 'F', step: 'a', backend: 'local', change: { cpuCores: 2 } };

    const { files, outcomes } = rewriteFlows(parse, [heir, base], [wanted]);

    expect(outcomes).toMatchObject([{ kind: 'changed', path: 'base.py' }]);
    expect(files[0]?.text).toBe(heir.text);
    expect(files[1]?.text).toContain('@resources(cpu=2)');
  });
});
