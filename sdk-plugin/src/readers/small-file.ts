import { closeSync, openSync, readdirSync, readSync } from 'node:fs';

/** Larger than any file of /proc or a cgroup that is read here. */
const buffer = Buffer.allocUnsafe(64 * 1024);

/**
 * The text of a small file of /proc or of a cgroup, or `undefined` where it cannot be read: a process may end
 * between listing and reading. A third of the time that `readFileSync` takes, since nothing asks for its size.
 */
export function readSmallFile(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    let length = 0;
    // The kernel hands out some files in pieces.
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0 || length === buffer.length) break;
    }
    return buffer.toString('latin1', 0, length);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Names in a folder; none where it cannot be listed. */
export function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
