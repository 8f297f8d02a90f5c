import { realpathSync } from 'node:fs';
import { basename } from 'node:path';

import { findCommand } from '../processes/find-command.ts';
import type { Inherited } from './inherited.ts';

/** SIGKILL and SIGSTOP cannot be ignored; shells name the others by number alike up to 31. */
const HIGHEST_SIGNAL = 31;

export interface PreludeOptions {
  readonly inherited: Inherited;
  /** Files into which the command writes its pid before it starts: `cgroup.procs` of its cgroups. */
  readonly joinFiles: readonly string[];
  /** util-linux's `setpriv`, where there is one. */
  readonly setpriv?: string;
}

/**
 * A script for `sh -c`, which becomes the command (`exec`) after it has put things right that cannot be put right
 * from outside; empty where there is nothing to do.
 *
 * With `setpriv` the command dies when the process that measures it is killed with SIGKILL: whoever kills that
 * means the command.
 */
export function preludeScript({ inherited, joinFiles, setpriv }: PreludeOptions): string {
  const ignored = inherited.ignoredSignals.filter((signal) => signal <= HIGHEST_SIGNAL);
  const lines = [
    ...(ignored.length > 0 ? [`trap '' ${ignored.join(' ')}`] : []),
    ...(inherited.openFilesLimit === undefined
      ? []
      : [`ulimit -S -n ${inherited.openFilesLimit} 2>/dev/null`]),
    ...joinFiles.map((file) => `echo $$ >${quote(file)}`),
    ...(setpriv === undefined ? [] : [withDeathSignal(quote(setpriv))]),
  ];
  return lines.length === 0 ? '' : [...lines, 'exec "$@"'].join('\n');
}

/** Before util-linux 2.33 it knows no `--pdeathsig`. */
function withDeathSignal(setpriv: string): string {
  return `${setpriv} --pdeathsig KILL --help >/dev/null 2>&1 && exec ${setpriv} --pdeathsig KILL -- "$@"`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** util-linux's `setpriv`; busybox has one under that name which cannot do it. */
export function findSetpriv(path: string | undefined): string | undefined {
  const found = findCommand('setpriv', path);
  if (found.kind !== 'found') return undefined;
  return basename(realpathSync(found.path)) === 'setpriv' ? found.path : undefined;
}
