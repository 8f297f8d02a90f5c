import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { readTraceFile } from '@stepfit/api/replay/read-traces';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const TRACE = 'process,peak_rss,memory,realtime\nALIGN,1048576,4194304,1000\n';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepfit-replay-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function errorOf(path: string): StepfitError {
  try {
    readTraceFile(path, {});
  } catch (error) {
    if (error instanceof StepfitError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a trace file', () => {
  it('is named after itself', () => {
    const { traces, rows } = readTraceFile(fileOf('march.csv', TRACE), {});

    expect(traces.map(({ name, tasks }) => [name, tasks.length])).toEqual([['march', 1]]);
    expect(rows).toBe(1);
  });

  it('may be packed by gzip', () => {
    const { traces } = readTraceFile(fileOf('march.csv.gz', gzipSync(TRACE)), {});

    expect(traces.map(({ name, tasks }) => [name, tasks.length])).toEqual([['march', 1]]);
  });

  it.each([
    ['missing', 'absent.csv', undefined, 'cannot be read', 'There is no such file.'],
    ['cut off', 'a.csv.gz', gzipSync(TRACE).subarray(0, 40), 'cannot be unpacked', 'damaged'],
    [
      'larger than memory when unpacked',
      'bomb.csv.gz',
      gzipSync(Buffer.alloc(2 ** 29)),
      'cannot be unpacked',
      'Split it',
    ],
    ['not text', 'a.bin', Uint8Array.of(1, 0, 2), 'is not text', 'CSV or TSV'],
    ['not UTF-8', 'a.txt', Uint8Array.of(0x61, 0xe9, 0x0a), 'is not UTF-8', 'iconv'],
    ['empty', 'empty.csv', '', 'is empty', 'Give another file.'],
    ['blank', 'blank.csv', '\n\n', 'holds no table', '--columns'],
    [
      'of two columns of one name',
      'twice.csv',
      'process,peak_rss,realtime,peak_rss\nA,1,1,2',
      'There are 2 columns peak_rss.',
      'Name another with --columns',
    ],
    ['a header alone', 'head.csv', TRACE.split('\n')[0], 'holds no task', 'It has 0 rows.'],
    [
      'of failed tasks alone',
      'failed.csv',
      'process,peak_rss,realtime,status\nA,1,1,FAILED',
      'holds no task',
      'line 2 for one: status is FAILED',
    ],
    ['no export', 'odd.jsonl', '{"a":1}', 'holds no attempts', 'stepfit export'],
  ])('that is %s is refused with something to do', (_what, name, content, message, hint) => {
    const path = content === undefined ? join(folder, name) : fileOf(name, content);

    const error = errorOf(path);

    expect(error.code).toBe('invalid-input');
    expect(error.message).toContain(name);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('that is a folder is told apart', () => {
    mkdirSync(join(folder, 'inner'));

    expect(errorOf(join(folder, 'inner')).hint).toBe('It is a folder: name the files in it.');
  });
});
