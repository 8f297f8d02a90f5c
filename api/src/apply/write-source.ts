import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

/**
 * Puts new text in the place of a file's: all of it or nothing, with the file's mode. A link stays a link,
 * and what it points to is replaced.
 *
 * @throws {StepfitError} `conflict` where the file is not what was read.
 */
export function writeSource(path: string, before: string, after: string): void {
  const target = realpathSync(path);
  if (!readFileSync(target).equals(Buffer.from(before, 'utf8'))) {
    throw new StepfitError('conflict', `${path} has changed since it was read.`, {
      hint: 'Run the command again.',
    });
  }
  const name = `.${basename(target)}.${randomBytes(6).toString('hex')}`;
  const temporary = join(dirname(target), name);
  try {
    const { mode } = statSync(target);
    const file = openSync(temporary, 'wx', mode);
    try {
      writeSync(file, after);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // Again, since the process's umask may have taken bits away.
    chmodSync(temporary, mode);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
