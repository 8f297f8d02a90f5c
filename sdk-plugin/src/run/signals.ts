import type { ChildProcess } from 'node:child_process';

import { isAlive, signalChild } from '../processes/signal-child.ts';
import { parseStat, type ProcStat } from '../readers/proc-files.ts';
import { readSmallFile } from '../readers/small-file.ts';

/** What schedulers, shells and people send. */
const FORWARDED = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGVTALRM',
  'SIGIO',
  'SIGURG',
  'SIGXCPU',
  'SIGWINCH',
  'SIGCONT',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
] as const satisfies readonly NodeJS.Signals[];

/** The kernel sends these to every process in the terminal's foreground group. */
const OF_TERMINALS: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGINT',
  'SIGQUIT',
  'SIGTSTP',
  'SIGHUP',
  'SIGWINCH',
]);
/** And these to every process of a background group that touches the terminal. */
const OF_BACKGROUND: ReadonlySet<NodeJS.Signals> = new Set(['SIGTTIN', 'SIGTTOU']);
const STOPS: ReadonlySet<NodeJS.Signals> = new Set(['SIGTSTP', 'SIGTTIN', 'SIGTTOU']);

/** How long a command may take to stop after it was asked to: an editor puts its screen away first. */
const STOP_LOOKS = 100;
const STOP_LOOK_MS = 10;
const STOP_WATCH_MS = 500;

/**
 * Whether a signal that we got has reached the command without us: we share its process group, and a terminal
 * signals groups. `self` is our own stat; absent where there is no /proc.
 */
export function hasReachedCommand(signal: NodeJS.Signals, self: ProcStat | undefined): boolean {
  if (OF_BACKGROUND.has(signal)) return true;
  return OF_TERMINALS.has(signal) && isForeground(self);
}

export interface SignalRelay {
  /** Names the command, as soon as it has started. */
  to(child: ChildProcess): void;
  /** The last signal that we passed on, which may be why the command ended. */
  readonly lastForwarded: () => NodeJS.Signals | undefined;
  /** Stops relaying; from here on `onSignal` is told of what comes. */
  stop(onSignal: () => void): void;
}

/**
 * Stands in for the command wherever a process is known by its pid: what is sent to us goes to the command, and
 * when the command stops (job control), so do we.
 *
 * To be called before the command starts: it may be running, and known to others, before we hear of it.
 */
export function relaySignals(): SignalRelay {
  let child: ChildProcess | undefined;
  let last: NodeJS.Signals | undefined;
  let onSignal: (() => void) | undefined;
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      if (onSignal !== undefined) {
        if (signal !== 'SIGWINCH' && signal !== 'SIGCONT') onSignal();
        return;
      }
      if (child === undefined) return;
      if (!hasReachedCommand(signal, readStat('self'))) {
        if (signal !== 'SIGCONT') last = signal;
        signalChild(child, signal);
      }
      if (STOPS.has(signal)) void stopWith(child, STOP_LOOKS);
    });
  }
  // A command that stops itself, as `kill -STOP $$` does, looks stopped to the shell only when we are.
  const watch = setInterval(() => {
    if (child !== undefined && isForeground(readStat('self'))) void stopWith(child, 1);
  }, STOP_WATCH_MS);
  watch.unref();
  return {
    to: (started) => {
      child = started;
    },
    lastForwarded: () => last,
    stop: (listener) => {
      clearInterval(watch);
      onSignal = listener;
    },
  };
}

/** Gives every signal its default effect again, also those that Node ignores. */
export function restoreSignals(): void {
  for (const signal of [...FORWARDED, 'SIGPIPE', 'SIGXFSZ'] as const) {
    // Only taking a listener away makes Node restore the default.
    process.on(signal, noop);
    process.removeAllListeners(signal);
  }
}

async function stopWith(child: ChildProcess, looks: number): Promise<void> {
  for (let look = 0; look < looks; look += 1) {
    if (!isAlive(child)) return;
    const state = readStat(String(child.pid))?.state;
    if (state === undefined || state === 'Z') return;
    if (state === 'T') {
      process.kill(process.pid, 'SIGSTOP');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, STOP_LOOK_MS));
  }
}

function isForeground(self: ProcStat | undefined): boolean {
  return self !== undefined && self.terminalGroup > 0 && self.terminalGroup === self.processGroup;
}

function readStat(pid: string): ProcStat | undefined {
  const text = readSmallFile(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

function noop(): void {
  // Its being there is what counts.
}
