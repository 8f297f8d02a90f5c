import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const RUN = join(import.meta.dirname, 'run.ts');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepfit-bench-'));
  const rows = Array.from({ length: 40 }, (_, index) => {
    const readBytes = 1e6 * (1 + ((index * 7) % 40));
    const needBytes = 2 ** 28 + 50 * readBytes;
    const at = index * 60_000;
    return `ALIGN,COMPLETED,${at},${at + 50_000},40000,4294967296,${needBytes},${needBytes},${readBytes}`;
  });
  const header = 'process,status,submit,complete,realtime,memory,rss,peak_rss,rchar';
  // A process of fewer than 34 tasks is left out, as in the published evaluation.
  const few = 'QC,COMPLETED,0,1000,1000,4294967296,1048576,1048576,10';
  writeFileSync(join(folder, 'small.csv'), [header, ...rows, few].join('\n'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('the sizing benchmark', () => {
  it('prints every strategy under the protocols, and what others published as constants', () => {
    const { status, stdout, stderr } = bench('--data', folder, '--quick');

    expect(status).toBe(0);
    expect(stdout).toContain('paper: all workflows, 28 tasks');
    expect(stdout).toContain('online: small, 40 tasks');
    for (const name of ['declared', 'max-margin', 'shadow', 'Sizey (published)']) {
      expect(stdout).toContain(name);
    }
    expect(stdout).toContain('strictly known only afterwards');
    expect(stderr).toContain('paper: shadow');
  });

  it('prints the same tables as Markdown', () => {
    const { stdout } = bench('--data', folder, '--quick', '--markdown');

    expect(stdout).toContain('### paper: all workflows, 28 tasks');
    expect(stdout).toMatch(/^\| declared \| [\d.]+ \|/m);
  });

  it.each([
    ['no folder', [], 'No traces were named.'],
    ['a folder that is not there', ['--data', '/nonexistent'], 'cannot be read'],
    ['a folder without traces', ['--data', import.meta.dirname], 'There are no traces in'],
  ])('says so where it is given %s', (_what, args, message) => {
    const { status, stdout, stderr } = bench(...args);

    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('--data DIR');
  });

  it('names the file that it cannot read', () => {
    const broken = mkdtempSync(join(folder, 'broken-'));
    writeFileSync(join(broken, 'odd.csv'), 'a,b\n1,2');

    const { status, stderr } = bench('--data', broken);

    expect(status).toBe(2);
    expect(stderr).toContain(join(broken, 'odd.csv'));
  });
});
