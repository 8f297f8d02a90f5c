import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

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
