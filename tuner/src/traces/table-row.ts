import { parseDurationMs, parseInstantMs, parseSizeMiB } from './amounts.ts';
import { type Column, type ColumnMap, unitOf } from './column-map.ts';

/** One task of a table, as far as its row states it. */
export interface RowTask {
  readonly step: string;
  readonly needMiB: number;
  readonly durationMs: number;
  readonly requestMiB?: number;
  readonly submittedAtMs?: number;
  readonly endedAtMs?: number;
  readonly features: Readonly<Record<string, number>>;
}

/** Why a row cannot be used; `found` is what stood there. */
export class RowTrouble extends Error {
  readonly found: string | undefined;

  constructor(reason: string, found?: string) {
    super(reason);
    this.found = found;
  }
}

/** The cells of one row by column; undefined where nothing is stated. */
export type ReadCell = (column: Column | undefined) => string | undefined;

/** Outcomes of a task that ran to its end, in any case. */
const SUCCEEDED = new Set(['completed', 'succeeded', 'success', 'ok', '0']);
const BYTES_PER_MIB = 1_048_576;

/** What each field's text is parsed with. */
const PARSERS = {
  peak: parseSizeMiB,
  request: parseSizeMiB,
  duration: parseDurationMs,
  submitted: parseInstantMs,
  ended: parseInstantMs,
};
type Amount = keyof typeof PARSERS;

/** @throws {RowTrouble} where the row does not say enough, or says what cannot be read. */
export function readRow(cell: ReadCell, map: ColumnMap): RowTask {
  refuseUnfinished(cell, map);
  const step = cell(map.step);
  if (step === undefined) throw new RowTrouble('no step');
  const needMiB = stated(cell, map, 'peak');
  if (needMiB === 0) throw new RowTrouble(`${map.peak?.name} is 0: not measured`);
  const requestMiB = optional(cell, map, 'request');
  const submittedAtMs = optional(cell, map, 'submitted');
  const endedAtMs = optional(cell, map, 'ended');
  return {
    step: map.step?.name === 'name' ? withoutTag(step) : step,
    needMiB,
    durationMs: stated(cell, map, 'duration'),
    ...(requestMiB === undefined || requestMiB === 0 ? {} : { requestMiB }),
    ...(submittedAtMs === undefined ? {} : { submittedAtMs }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    features: readFeatures(cell, map),
  };
}

function refuseUnfinished(cell: ReadCell, { outcome }: ColumnMap): void {
  const text = cell(outcome);
  if (text === undefined || SUCCEEDED.has(text.toLowerCase())) return;
  throw new RowTrouble(`${outcome?.name} is ${text}: not a task that ran to its end here`);
}

/** Nextflow’s `name` is the process with the task's tag in brackets. */
function withoutTag(name: string): string {
  return /^(.+?) \(.*\)$/s.exec(name)?.[1] ?? name;
}

function optional(cell: ReadCell, map: ColumnMap, field: Amount): number | undefined {
  const column = map[field];
  const text = cell(column);
  if (column === undefined || text === undefined) return undefined;
  const value = PARSERS[field](text, unitOf(field, column));
  if (value === undefined) throw new RowTrouble(`${column.name} cannot be read`, text);
  return value;
}

function stated(cell: ReadCell, map: ColumnMap, field: Amount): number {
  const value = optional(cell, map, field);
  if (value === undefined) throw new RowTrouble(`${map[field]?.name ?? field} is not stated`);
  return value;
}

/** Numbers as they are; amounts with a unit in bytes. */
function readFeatures(cell: ReadCell, map: ColumnMap): Record<string, number> {
  const features: Record<string, number> = {};
  for (const [name, column] of Object.entries(map.features)) {
    const text = cell(column);
    if (text === undefined) continue;
    const amount = Number(text);
    const bytes = (parseSizeMiB(text) ?? Number.NaN) * BYTES_PER_MIB;
    const value = Number.isFinite(amount) ? amount : bytes;
    if (!Number.isFinite(value)) throw new RowTrouble(`${column.name} is not a number`, text);
    features[name] = value;
  }
  return features;
}
