import type { ChildProcess } from 'node:child_process';

/**
 * Sends a signal to a child, if it is one that has started and not ended.
 *
 * Node 20 hands pid 0 to kill(2) for a child that could not be started, until its `error` event: that signals our
 * whole process group, and with it whatever the user runs beside us.
 */
export function signalChild(child: ChildProcess, signal: NodeJS.Signals): void {
  if (isAlive(child)) child.kill(signal);
}

/** Whether a child has started, and its end was not seen yet: its pid is its own so long. */
export function isAlive(child: ChildProcess): child is ChildProcess & { readonly pid: number } {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
