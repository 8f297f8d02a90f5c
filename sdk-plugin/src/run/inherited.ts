import { parseSignalSet } from '../readers/proc-files.ts';

/** What the process was given, and Node lost or changed as it started. */
export interface Inherited {
  /** Numbers of the signals that were ignored. */
  readonly ignoredSignals: readonly number[];
  /** Open files beyond the standard streams. */
  readonly files: readonly number[];
  /** Soft limit of open files; Node raises its own to the hard one. */
  readonly openFilesLimit?: string;
  /** File descriptors of the command's standard input, output and error. */
  readonly streams: readonly [number, number, number];
}

export const NOTHING_INHERITED: Inherited = { ignoredSignals: [], files: [], streams: [0, 1, 2] };

/** Where the launcher puts the standard streams, out of Node's way. */
const MOVED_STREAMS = [7, 8, 9] as const;
/** Beyond these, a list of the files to hand on costs more than it is worth. */
const HIGHEST_FILE = 1023;

/** Reads what the launcher (`bin/stepfit`) says in `STEPFIT_INHERITED`: `ignored=…;files=…;limit=…;streams=…`. */
export function parseInherited(text: string | undefined): Inherited {
  if (text === undefined || text === '') return NOTHING_INHERITED;
  const fields = new Map(
    text.split(';').map((field): [string, string] => {
      const [name = '', ...value] = field.split('=');
      return [name, value.join('=')];
    }),
  );
  const limit = fields.get('limit') ?? '';
  return {
    ignoredSignals: parseSignalSet(`SigIgn:\t${fields.get('ignored') ?? ''}`, 'SigIgn'),
    files: (fields.get('files') ?? '')
      .split(',')
      .filter((number) => /^\d+$/.test(number))
      .map(Number)
      .filter((number) => number <= HIGHEST_FILE),
    streams: fields.get('streams') === 'yes' ? MOVED_STREAMS : NOTHING_INHERITED.streams,
    ...(/^(\d+|unlimited)$/.test(limit) && { openFilesLimit: limit }),
  };
}

/** `stdio` of a child that gets the streams and every other file that was open, each under its own number. */
export function childFiles({ streams, files }: Inherited): (number | 'ignore')[] {
  const highest = Math.max(2, ...files);
  const byNumber = Array.from({ length: highest + 1 }, (): number | 'ignore' => 'ignore');
  for (const file of files) byNumber[file] = file;
  for (const [number, stream] of streams.entries()) byNumber[number] = stream;
  return byNumber;
}
