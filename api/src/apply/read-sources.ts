import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { SourceFile } from '@stepfit/tuner/flow-source/rewrite-flows';

/** Folders that hold other people's code, or none. */
const SKIPPED_FOLDERS = new Set(['node_modules', 'site-packages', 'venv', 'env', '__pycache__']);

/** Only a file with this somewhere can have a step in it. */
const STEP_MARK = /@[\w.]*step\b|\bFlowSpec\b|\bmetaflow\b/;

export interface Sources {
  readonly files: readonly SourceFile[];
  /** Files that are not UTF-8: left alone, and named. */
  readonly unreadable: readonly string[];
}

/**
 * Reads the Python files at some paths, folders with all below them but hidden ones and environments. Text
 * keeps its byte order mark and its line ends.
 *
 * @param folder where paths begin; the working directory where it is not given.
 * @throws {StepfitError} `invalid-input` where a path does not exist.
 */
export function readSources(paths: readonly string[], folder = ''): Sources {
  const files: SourceFile[] = [];
  const unreadable: string[] = [];
  const found = paths.flatMap((given) => [...pythonFiles(resolve(folder, given), given)]);
  for (const path of new Set(found.map((one) => shortPath(folder, one)))) {
    const text = decode(readFileSync(resolve(folder, path)));
    if (text === undefined) unreadable.push(path);
    else if (STEP_MARK.test(text)) files.push({ path, text });
  }
  return { files, unreadable };
}

/** From the folder where the file is below, as diffs and annotations want it; else absolute. */
function shortPath(folder: string, path: string): string {
  const short = relative(folder, path);
  return short.startsWith('..') ? path : short;
}

function* pythonFiles(path: string, given: string): Generator<string> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new StepfitError('invalid-input', `There is no file or folder ${given}.`, {
      hint: 'Name Python files, or folders with some: `stepfit apply flows/`.',
    });
  }
  if (found.isDirectory()) yield* filesBelow(path);
  else yield path;
}

function* filesBelow(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) yield* filesBelow(path);
    else if (entry.isFile() && entry.name.endsWith('.py')) yield path;
  }
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
