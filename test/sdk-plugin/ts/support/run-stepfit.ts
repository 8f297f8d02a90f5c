import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { ROOT } from '../../../support/product.ts';

/** The launcher in the checkout. */
export const LAUNCHER = join(ROOT, 'sdk-plugin', 'bin', 'stepfit');
/** Nothing listens on the discard port of a machine like this. */
export const NOBODY = 'http://127.0.0.1:9';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A spool of its own, and an environment in which `stepfit run` reports to `url`. */
export interface RunPlace {
  readonly spoolDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** `stepfit run --flow F --step S OPTIONS -- COMMAND`, to its end. */
  run(command: readonly string[], options?: RunOptions): Promise<Ended>;
  start(command: readonly string[], options?: RunOptions): ChildProcess;
  remove(): void;
}

interface RunOptions {
  readonly options?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

export function makeRunPlace(url: string): RunPlace {
  const home = mkdtempSync(join(tmpdir(), 'stepfit-run-'));
  const spoolDir = join(home, 'spool');
  const env: NodeJS.ProcessEnv = {
    // The tests' own Node, whatever the machine has.
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    STEPFIT_URL: url,
    STEPFIT_SPOOL: spoolDir,
  };

  function start(command: readonly string[], options: RunOptions = {}): ChildProcess {
    const own = ['run', '--flow', 'F', '--step', 'S', ...(options.options ?? [])];
    return spawn(LAUNCHER, [...own, '--', ...command], {
      env: { ...env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  return {
    spoolDir,
    env,
    start,
    run: async (command, options = {}) => {
      const child = start(command, options);
      child.stdin?.end(options.input ?? '');
      return ended(child);
    },
    remove: () => {
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Waits for a process and for everybody who holds its output. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const texts = [child.stdout, child.stderr].map((stream) => {
    const chunks: string[] = [];
    stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
    return chunks;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const [stdout = '', stderr = ''] = texts.map((chunks) => chunks.join(''));
      resolve({ code, signal, stdout, stderr });
    });
  });
}
