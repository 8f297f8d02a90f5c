import { parseDelimited } from './delimited.ts';

/** One line of a Nextflow trace. Amounts that the trace does not state are absent. */
export interface NextflowTask {
  /** Place among the data rows of the file, 0 first. */
  readonly row: number;
  readonly process: string;
  readonly tag: string;
  readonly status: string;
  /** Attempt number as Nextflow counts it, 1 first. */
  readonly attempt: number;
  readonly submittedAtMs?: number;
  readonly completedAtMs?: number;
  readonly realtimeMs?: number;
  readonly cpuCores?: number;
  /** What the process asked for. */
  readonly memoryBytes?: number;
  readonly rssBytes?: number;
  readonly peakRssBytes?: number;
  /** Bytes read during the run: known only afterwards. */
  readonly readBytes?: number;
}

const SIZE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
const DURATION_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `123` or `1.5 GB` (Nextflow’s units are binary) in bytes. */
export function parseSize(text: string): number | undefined {
  const match = /^([\d.]+)(?:\s*([KMGTP]?B))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, amount = '', unit = 'B'] = match;
  const value = Number(amount) * 1024 ** SIZE_UNITS.indexOf(unit);
  return Number.isFinite(value) ? value : undefined;
}

/** `123` (milliseconds) or `1h 2m 3.5s` in milliseconds. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  const parts = [...trimmed.matchAll(/([\d.]+)\s*(ms|[smhd])(?=\s|$|\d)/g)];
  if (parts.length === 0) return undefined;
  return parts.reduce(
    (total, [, amount, unit]) => total + Number(amount) * (DURATION_MS[unit ?? ''] ?? Number.NaN),
    0,
  );
}

/** Milliseconds since 1970, or `2023-01-23 14:01:43.249`, which Nextflow writes without a zone: read as UTC. */
export function parseInstant(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) return Number(trimmed);
  const value = Date.parse(`${trimmed.replace(' ', 'T')}Z`);
  return Number.isNaN(value) ? undefined : value;
}

function parseCount(text: string): number | undefined {
  const value = Number(text);
  return text.trim() === '' || !Number.isFinite(value) ? undefined : value;
}

type Cells = ReadonlyMap<string, string>;

function read<Value>(
  cells: Cells,
  column: string,
  parse: (text: string) => Value | undefined,
): Value | undefined {
  const text = cells.get(column);
  return text === undefined ? undefined : parse(text);
}

/** Keeps the entries that have a value: optional fields are absent, not undefined. */
function stated<Fields extends Record<string, number | undefined>>(
  fields: Fields,
): { [Key in keyof Fields]?: number } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: number };
}

function toTask(cells: Cells, row: number): NextflowTask {
  const name = cells.get('name') ?? '';
  const [, nameProcess = name, nameTag = ''] = /^(.*?)(?: \((.*)\))?$/.exec(name) ?? [];
  return {
    row,
    process: cells.get('process') ?? nameProcess,
    tag: cells.get('tag') ?? nameTag,
    status: cells.get('status') ?? '',
    attempt: read(cells, 'attempt', parseCount) ?? 1,
    ...stated({
      submittedAtMs: read(cells, 'submit', parseInstant),
      completedAtMs: read(cells, 'complete', parseInstant),
      realtimeMs: read(cells, 'realtime', parseDuration),
      cpuCores: read(cells, 'cpus', parseCount),
      memoryBytes: read(cells, 'memory', parseSize),
      rssBytes: read(cells, 'rss', parseSize),
      peakRssBytes: read(cells, 'peak_rss', parseSize),
      readBytes: read(cells, 'rchar', parseSize),
    }),
  };
}

/** A Nextflow execution trace, comma- or tab-separated, raw or with units, in the order of the file. */
export function parseNextflowTrace(text: string): NextflowTask[] {
  const { columns, rows } = parseDelimited(text);
  return rows.map((row, index) => {
    const cells = new Map(columns.map((column, at) => [column, row[at] ?? '']));
    return toTask(cells, index);
  });
}
