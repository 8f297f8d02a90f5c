import { accessSync, constants, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';

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

/** Where a command is, as a shell would find it, or why it cannot run. */
export type FoundCommand =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'not-found' | 'not-executable' };

/** Looks a command up in `PATH`; one with a slash stands for itself. */
export function findCommand(command: string, path: string | undefined): FoundCommand {
  const candidates = command.includes('/')
    ? [command]
    : (path ?? '/usr/local/bin:/usr/bin:/bin')
        .split(':')
        .map((folder) => join(folder || '.', command));
  let isThere = false;
  for (const candidate of candidates) {
    const file = statQuietly(candidate);
    // A folder in PATH that has the command's name is no command; one that was named is, to a shell.
    isThere ||= file !== undefined && (file.isFile() || command.includes('/'));
    if (file?.isFile() !== true) continue;
    try {
      accessSync(candidate, constants.X_OK);
      return { kind: 'found', path: candidate };
    } catch {
      // The next folder may have one that can run.
    }
  }
  return { kind: isThere ? 'not-executable' : 'not-found' };
}

function statQuietly(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** util-linux's `setpriv`; busybox has one under that name which cannot do it. */
export function findSetpriv(path: string | undefined): string | undefined {
  const found = findCommand('setpriv', path);
  if (found.kind !== 'found') return undefined;
  return basename(realpathSync(found.path)) === 'setpriv' ? found.path : undefined;
}
