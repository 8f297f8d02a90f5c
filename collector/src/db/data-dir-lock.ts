import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

/** PGlite locks nothing: a second process would open the folder, write, and ruin it unseen. */
export interface DataDirLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** When that process started, in the machine's own terms: tells it from a later one with the same pid. */
  readonly processStart: string;
  readonly host: string;
}

const LOCK_FILE = 'stepfit.lock';

/** The holder touches its lock this often; only other machines look at it, who cannot see its process. */
const HEARTBEAT_MS = 10_000;
/** Six missed beats: longer than any pause of a process that still writes. */
const FOREIGN_STALE_MS = 60_000;

/**
 * Takes the data directory for this process until `release`. A lock whose process is gone (killed, or the
 * machine restarted) is recognised and replaced.
 *
 * @throws {StepfitError} `store-locked`, naming the process that holds it.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const path = join(dataDir, LOCK_FILE);
  const self: Holder = {
    pid: process.pid,
    processStart: processStartOf(process.pid) ?? 'unknown',
    host: hostname(),
  };
  const content = JSON.stringify(self);

  // Each round either takes the lock, throws, or removes one stale lock; three are more than any race needs.
  for (let round = 0; round < 3 && !createExclusively(path, content); round += 1) {
    const found = readLock(path);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    if (holder !== undefined && isAlive(holder, self, path)) {
      throw lockedError(dataDir, holder, path);
    }
    removeStale(path, found);
  }
  if (readLock(path) !== content) throw lockedError(dataDir, undefined, path);

  const heartbeat = setInterval(() => {
    touch(path);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    release() {
      clearInterval(heartbeat);
      if (readLock(path) === content) rmSync(path, { force: true });
    },
  };
}

/** Linking a finished file is atomic, and never shows anyone a half-written lock. */
function createExclusively(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** Moves the stale lock aside; when another process replaced it meanwhile, puts that one back. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (readLock(aside) !== stale) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
}

function isAlive(holder: Holder, self: Holder, path: string): boolean {
  if (holder.host !== self.host) return millisecondsSinceTouch(path) < FOREIGN_STALE_MS;
  const processStart = processStartOf(holder.pid);
  return processStart !== undefined && processStart === holder.processStart;
}

/** Undefined when there is no such process. */
function processStartOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      // Field 22 of stat, counted after the command, which may itself contain spaces and parentheses.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      // A killed process whose parent has not collected it yet writes nothing any more.
      return fields[0] === 'Z' ? undefined : `${bootId}:${fields[19]}`;
    } catch {
      return undefined;
    }
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

function parseHolder(content: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, processStart, host } = value as { [key in keyof Holder]?: unknown };
    if (typeof pid !== 'number' || typeof processStart !== 'string' || typeof host !== 'string') {
      return undefined;
    }
    return { pid, processStart, host };
  } catch {
    return undefined;
  }
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function millisecondsSinceTouch(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // The folder is gone, and the database with it; its own errors say so.
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

function lockedError(dataDir: string, holder: Holder | undefined, path: string): StepfitError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new StepfitError('store-locked', `The data directory ${dataDir} is in use by ${who}.`, {
    hint: `Use that server, stop it, or choose another --data-dir. The lock is ${path}.`,
  });
}
