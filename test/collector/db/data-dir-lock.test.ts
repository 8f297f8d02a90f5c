import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { lockDataDir } from '@stepfit/collector/db/data-dir-lock';
import { afterEach, beforeEach, expect, test } from 'vitest';

const LOCKER = fileURLToPath(new URL('../../support/take-lock.ts', import.meta.url));
const STALE = { pid: process.pid, processStart: 'another boot:1', host: hostname() };

let dataDir: string;
let lockFile: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'stepfit-lock-'));
  lockFile = join(dataDir, 'stepfit.lock');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

/** A process that tries the lock once, says how it went, and keeps what it got until it is killed. */
async function startLocker(): Promise<{ readonly child: ChildProcess; readonly result: string }> {
  const child = spawn(process.execPath, [LOCKER, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const result of createInterface(child.stdout)) return { child, result };
  throw new Error('the locker said nothing');
}

test('is refused to a second process until the first releases it', () => {
  const lock = lockDataDir(dataDir);

  expect(() => lockDataDir(dataDir)).toThrow(`in use by process ${process.pid} on ${hostname()}`);
  lock.release();
  lock.release();

  expect(existsSync(lockFile)).toBe(false);
  lockDataDir(dataDir).release();
});

test('of a process that was killed is stale', async () => {
  const { child, result } = await startLocker();
  expect(result).toBe('taken');
  expect(() => lockDataDir(dataDir)).toThrow(`in use by process ${child.pid}`);

  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;

  lockDataDir(dataDir).release();
});

test('of a process whose number another one has now is stale', () => {
  writeFileSync(lockFile, JSON.stringify(STALE));

  const lock = lockDataDir(dataDir);

  expect(readFileSync(lockFile, 'utf8')).not.toContain('another boot');
  lock.release();
});

test('with nonsense in it is replaced', () => {
  writeFileSync(lockFile, 'garbage');

  const lock = lockDataDir(dataDir);

  expect(readFileSync(lockFile, 'utf8')).toContain(`"pid":${process.pid}`);
  lock.release();
});

test('of another machine counts for as long as that machine touches it', () => {
  writeFileSync(lockFile, JSON.stringify({ pid: 1, processStart: 'x:1', host: 'elsewhere' }));
  expect(() => lockDataDir(dataDir)).toThrow('in use by process 1 on elsewhere');

  const twoMinutesAgo = new Date(Date.now() - 120_000);
  utimesSync(lockFile, twoMinutesAgo, twoMinutesAgo);

  lockDataDir(dataDir).release();
});

test('is given to one of many that find it stale at once', async () => {
  writeFileSync(lockFile, JSON.stringify(STALE));

  const lockers = await Promise.all(Array.from({ length: 4 }, startLocker));

  const results = lockers.map(({ result }) => result);
  expect(results.toSorted()).toEqual(['locked', 'locked', 'locked', 'taken']);
});
