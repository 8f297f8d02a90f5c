import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ReplayReport } from '@stepfit/api/replay/replay-report';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runCli } from '../support/run-cli.ts';

let folder: string;
let trace: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepfit-replay-'));
  trace = join(folder, 'trace.txt');
  const rows = Array.from(
    { length: 40 },
    (_, index) =>
      `${index}\tALIGN (s${index})\tCOMPLETED\t2026-11-23 08:${10 + index}:00.000\t5m\t4m ${index}s\t${400 + index} MB\t${10 + index} MB`,
  );
  const header = 'task_id\tname\tstatus\tsubmit\tduration\trealtime\tpeak_rss\trchar';
  writeFileSync(trace, [header, ...rows, '40\tALIGN\tFAILED\t-\t-\t-\t-\t-'].join('\n'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('stepfit replay', () => {
  it('replays a default Nextflow trace, and says what it left out and assumed', async () => {
    const { code, stdout, stderr } = await runCli(['replay', trace]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('41 rows, 40 tasks of 1 step');
    expect(stdout).toContain('1 × status is FAILED');
    expect(stdout).toContain('40 tasks without a request');
    expect(stdout).toMatch(/ONLINE[^]*shadow/);
  });

  it('gives everything as JSON, and a report in a file', async () => {
    const html = join(folder, 'report.html');

    const args = ['--request', '4GiB', '--protocol', 'online', '--json', '--html', html];
    const { code, stdout } = await runCli(['replay', trace, ...args]);

    const report = JSON.parse(stdout) as ReplayReport;
    expect(code).toBe(0);
    expect(report.comparisons.map(({ protocol }) => protocol)).toEqual(['online']);
    expect(report.files[0]?.undeclared).toBe(0);
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('tells progress where it is asked to, not to standard output', async () => {
    const args = ['--progress', '--protocol', 'async', '--json'];
    const { stdout, stderr } = await runCli(['replay', trace, ...args]);

    expect(stderr).toContain('replaying async, shadow\n');
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  });

  it.each([
    ['a file that is not there', ['/nonexistent.csv']],
    ['no file', []],
    ['a column map that is none', ['x.csv', '--columns', 'memory=rss']],
    ['a request without a unit', ['x.csv', '--request', '16000']],
    ['an unknown protocol', ['x.csv', '--protocol', 'online,offline']],
  ])('%s is a usage error with something to do', async (_what, args) => {
    const { code, stdout, stderr } = await runCli(['replay', ...args]);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/→|--help|Give|error:/);
  });

  it('says that a report cannot be written', async () => {
    const { code, stderr } = await runCli(['replay', trace, '--html', join(folder, 'no', 'x')]);

    expect(code).toBe(2);
    expect(stderr).toContain('The report cannot be written');
  });
});
