import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { unifiedDiff } from '@stepfit/api/apply/unified-diff';
import { loadPythonParser } from '@stepfit/api/flow-source/parse-python';
import { rewriteFlows } from '@stepfit/tuner/flow-source/rewrite-flows';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { HARD_CASES, wantedOf } from '../../tuner/flow-source/hard-cases.ts';

const parse = await loadPythonParser();
const changed = HARD_CASES.flatMap((one) => {
  const sources = [{ path: 'flow.py', text: one.source }];
  const after = rewriteFlows(parse, sources, [wantedOf(one)]).files[0]?.text ?? '';
  return after === one.source ? [] : [[one.name, one.source, after] as const];
});

describe('git applies the diff of', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepfit-diff-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(changed)('%s, and gets what --write writes', (_name, before, after) => {
    const path = join(folder, 'flow.py');
    writeFileSync(path, before);

    execFileSync('git', ['apply', '--whitespace=nowarn', '-'], {
      cwd: folder,
      input: unifiedDiff('flow.py', before, after),
    });

    expect(readFileSync(path, 'utf8')).toBe(after);
  });
});
