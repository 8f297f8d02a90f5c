import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';

import { restoreSignals } from './signals.ts';

/** How the command ended: one of the two is null. */
export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Default effect: a core file, which would take the place of the command's own. */
const DUMPING: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGSYS',
]);

/** Ends this process as the command ended: the same exit code, or killed by the same signal. */
export function dieAlike({ code, signal }: Death): never {
  if (code !== null) process.exit(code);
  const name = signal ?? 'SIGKILL';
  if (DUMPING.has(name)) forbidCore();
  restoreSignals();
  process.kill(process.pid, name);
  // The first process of a container is immune to signals of its own: shells say it with 128 and the number.
  process.exit(128 + (constants.signals[name] ?? 0));
}

function forbidCore(): void {
  spawnSync('prlimit', ['--pid', String(process.pid), '--core=0'], { stdio: 'ignore' });
}
