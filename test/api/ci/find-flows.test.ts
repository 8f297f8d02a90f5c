import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findFlows } from '@stepfit/api/ci/find-flows';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepfit-flows-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const STEP = '    @step\n    def NAME(self):\n        pass\n\n';

it('finds flows and where their steps are, through bases in other files', async () => {
  write(
    'base.py',
    `from metaflow import FlowSpec, step\n\n\nclass Base(FlowSpec):\n${STEP.replace('NAME', 'start')}${STEP.replace('NAME', 'end')}`,
  );
  write(
    'a.py',
    `from base import Base, step\n\n\nclass A(Base):\n${STEP.replace('NAME', 'start')}`,
  );
  write('deep/b.py', 'from a import A  # metaflow\n\n\nclass B(A):\n    pass\n');
  write(
    '.venv/c.py',
    `from metaflow import step\n\n\nclass Hidden:\n${STEP.replace('NAME', 'start')}`,
  );
  write('other.py', 'class NoFlow:\n    def start(self):\n        pass\n');

  const flows = await findFlows([folder]);

  expect(
    flows.map(({ flow, isInherited, steps }) => [flow, isInherited, [...steps.keys()].toSorted()]),
  ).toEqual([
    ['A', true, ['end', 'start']],
    ['B', false, ['end', 'start']],
    ['Base', true, ['end', 'start']],
  ]);
  const [, b] = flows;
  expect(b?.steps.get('start')).toEqual({ path: join(folder, 'a.py'), line: 5 });
  expect(b?.steps.get('end')).toEqual({ path: join(folder, 'base.py'), line: 9 });
});

it('takes the first of two flows of one name', async () => {
  for (const name of ['one.py', 'two.py']) {
    write(
      name,
      `from metaflow import FlowSpec, step\n\n\nclass F(FlowSpec):\n${STEP.replace('NAME', 'start')}`,
    );
  }

  const flows = await findFlows([folder]);

  expect(flows.map(({ path }) => path)).toEqual([join(folder, 'one.py')]);
});
