import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Trace } from '@stepfit/tuner/compare/sizer';
import { exportTraces } from '@stepfit/tuner/traces/export-trace';
import type { Refusal } from '@stepfit/tuner/traces/refusals';
import { type ExportedStep, readStepExport } from '@stepfit/tuner/traces/step-export';
import { readTableTrace, type TableOptions } from '@stepfit/tuner/traces/table-trace';

/** A file and what was found in it. */
export interface TraceFile {
  readonly path: string;
  readonly traces: readonly Trace[];
  /** Where the file is our own export: the steps with all that a verdict rests on. */
  readonly steps: readonly ExportedStep[];
  readonly rows: number;
  readonly refusals: readonly Refusal[];
  /** Tasks for which the file does not say what was asked for. */
  readonly undeclared: number;
  /** Attempts that did not run to their end: part of a verdict, not of a comparison. */
  readonly unfinished: number;
}

/** Stands for standard input. */
const STDIN = '-';

/**
 * Reads a trace: our own export (JSON lines), a Nextflow trace, or another table by its columns.
 *
 * @throws {StepfitError} `invalid-input` where it cannot be read or nothing in it can be used.
 */
export function readTraceFile(path: string, options: TableOptions): TraceFile {
  const text = readText(path);
  const file = text.trimStart().startsWith('{')
    ? fromExport(path, text)
    : fromTable(path, text, options);
  if (file.traces.some(({ tasks }) => tasks.length > 0)) return file;
  throw new StepfitError('invalid-input', `${nameOf(path)} holds no task to replay.`, {
    hint: refusalHint(file),
  });
}

function refusalHint({ rows, refusals: [first] }: TraceFile): string {
  return first === undefined
    ? `It has ${rows} rows.`
    : `All ${rows} rows were refused, line ${first.line} for one: ${first.reason}.`;
}

function fromExport(path: string, text: string): TraceFile {
  const { steps, refusals, rows } = namingFile(path, () => readStepExport(text));
  return { path, steps, refusals, rows, undeclared: 0, ...exportTraces(steps) };
}

function fromTable(path: string, text: string, options: TableOptions): TraceFile {
  const { tasks, ...found } = namingFile(path, () => readTableTrace(text, options));
  const plain = path.replace(/\.gz$/i, '');
  const name = path === STDIN ? 'stdin' : basename(plain, extname(plain));
  return { path, traces: [{ name, tasks }], steps: [], unfinished: 0, ...found };
}

/** The parsers know no file names. */
function namingFile<Found>(path: string, read: () => Found): Found {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StepfitError)) throw error;
    throw new StepfitError(error.code, `${nameOf(path)}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

function nameOf(path: string): string {
  return path === STDIN ? 'standard input' : path;
}

function readText(path: string): string {
  const bytes = decompressed(path, readBytes(path));
  if (bytes.length === 0) {
    throw new StepfitError('invalid-input', `${nameOf(path)} is empty.`, {
      hint: path === STDIN ? 'The command before the pipe printed nothing.' : 'Give another file.',
    });
  }
  if (bytes.includes(0)) {
    throw new StepfitError('invalid-input', `${nameOf(path)} is not text.`, {
      hint: 'Give a Nextflow trace, a CSV or TSV file, or what `stepfit export` wrote.',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new StepfitError('invalid-input', `${nameOf(path)} is not UTF-8, or is too large.`, {
      hint: 'Convert it with iconv -t UTF-8; half a gigabyte is the most that is read at once.',
      cause: error,
    });
  }
}

/** What a text of so many bytes can be decoded from at once; a small file may unpack to more than any memory. */
const MOST_BYTES = 2 ** 29 - 1;

/** What gzip has packed is unpacked; anything else is as it is. */
function decompressed(path: string, bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new StepfitError('invalid-input', `${nameOf(path)} cannot be unpacked.`, {
      hint: isTooLarge
        ? 'Split it: half a gigabyte of text is the most that is read at once.'
        : 'It was cut off or damaged: fetch it again.',
      cause: error,
    });
  }
}

const READ_HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file.',
  EACCES: 'You may not read it.',
  EISDIR: 'It is a folder: name the files in it.',
  ERR_FS_FILE_TOO_LARGE: 'Split it: two gigabytes are the most that is read at once.',
};

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path === STDIN ? 0 : path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new StepfitError('invalid-input', `${nameOf(path)} cannot be read.`, {
      hint: READ_HINTS[code] ?? String(error),
      cause: error,
    });
  }
}
