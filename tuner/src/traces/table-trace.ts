import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { TraceTask } from '../compare/sizer.ts';
import { type Column, type ColumnMap, nextflowColumns } from './column-map.ts';
import { type DelimitedRow, type DelimitedTable, parseDelimited } from './delimited.ts';
import type { Refusal } from './refusals.ts';
import { readRow, type RowTask, RowTrouble } from './table-row.ts';

/** What a file was found to hold. */
export interface TableTrace {
  readonly tasks: readonly TraceTask[];
  readonly refusals: readonly Refusal[];
  readonly rows: number;
  /** Tasks for which the file does not say what was asked for. */
  readonly undeclared: number;
}

export interface TableOptions {
  /** Over what a Nextflow trace is known to hold. */
  readonly columns?: ColumnMap;
  /** Stands in where a row does not say what was asked for, MiB. */
  readonly requestMiB?: number;
}

const MS_PER_HOUR = 3_600_000;
/** What Nextflow and others write for nothing. */
const NOTHING = new Set(['', '-', 'null', 'NA', 'NaN']);

/**
 * Reads a trace from delimited text: a Nextflow trace by its own columns, any
 * other file by `columns`. A row that cannot be used is refused with its line and the reason.
 *
 * Rows that do not say when they were submitted take place one after the other, in the order of the file.
 *
 * @throws {StepfitError} `invalid-input` when the columns are not known or not there.
 */
export function readTableTrace(text: string, options: TableOptions = {}): TableTrace {
  const table = parseDelimited(text);
  const map = mapFor(table, options.columns);
  const places = new Map(table.columns.map((name, place) => [name, place]));
  const refusals: Refusal[] = [];
  const found: RowTask[] = [];
  for (const row of table.rows) {
    function cell(column: Column | undefined): string | undefined {
      const value = row.cells[places.get(column?.name ?? '') ?? -1]?.trim() ?? '';
      return NOTHING.has(value) ? undefined : value;
    }
    try {
      refuseOddLength(row, table);
      found.push(readRow(cell, map));
    } catch (error) {
      if (!(error instanceof RowTrouble)) throw error;
      refusals.push(refusalOf(row, cell(map.step) ?? '', error));
    }
  }
  return { ...toTasks(found, options.requestMiB), refusals, rows: table.rows.length };
}

function refuseOddLength({ cells }: DelimitedRow, { columns }: DelimitedTable): void {
  if (cells.length === columns.length) return;
  throw new RowTrouble(`not the ${columns.length} cells of the header`, String(cells.length));
}

function refusalOf({ line }: DelimitedRow, name: string, { message, found }: RowTrouble): Refusal {
  return { line, name, reason: message, ...(found === undefined ? {} : { found }) };
}

/** @throws {StepfitError} `invalid-input` */
function mapFor({ columns }: DelimitedTable, given: ColumnMap | undefined): ColumnMap {
  const known = nextflowColumns(columns);
  const features = { ...known?.features, ...given?.features };
  const map: ColumnMap = { ...known, ...given, features };
  const { features: _, ...fields } = map;
  const has = `the file has: ${columns.join(', ') || 'nothing'}.`;
  for (const { name } of [...Object.values(fields), ...Object.values(features)]) {
    const count = columns.filter((column) => column === name).length;
    if (count === 1) continue;
    const what = count === 0 ? 'is no column' : `are ${count} columns`;
    throw new StepfitError('invalid-input', `There ${what} ${name}.`, {
      hint: `Name another with --columns; ${has}`,
    });
  }
  if (map.step === undefined || map.peak === undefined || map.duration === undefined) {
    const what = columns.length === 0 ? 'holds no table' : 'is not a Nextflow trace';
    throw new StepfitError('invalid-input', `The file ${what}, so its columns must be named.`, {
      hint:
        'Give --columns with at least step, peak and duration, for example ' +
        `step=name,peak=max_rss:KiB,duration=elapsed:s; ${has}`,
    });
  }
  return map;
}

function toTasks(
  found: readonly RowTask[],
  requestMiB: number | undefined,
): Pick<TableTrace, 'tasks' | 'undeclared'> {
  const largestMiB = new Map<string, number>();
  for (const { step, needMiB } of found) {
    largestMiB.set(step, Math.max(largestMiB.get(step) ?? 0, needMiB));
  }
  let undeclared = 0;
  let clockMs = 0;
  const tasks = found.map((task, index): TraceTask => {
    const { step, needMiB, durationMs, features } = task;
    if (task.requestMiB === undefined && requestMiB === undefined) undeclared += 1;
    const submittedAtMs = task.submittedAtMs ?? clockMs;
    const completedAtMs = Math.max(task.endedAtMs ?? submittedAtMs + durationMs, submittedAtMs);
    clockMs = Math.max(clockMs, completedAtMs);
    const standIn = requestMiB ?? roundedUp(largestMiB.get(step) ?? needMiB);
    const declaredMiB = task.requestMiB ?? standIn;
    const launch = { step, index, submittedAtMs, declaredMiB, features };
    return { launch, completedAtMs, needMiB, hours: durationMs / MS_PER_HOUR };
  });
  return { tasks, undeclared };
}

/** Where nobody knows what was asked for: the next power of two that the step's largest need fits into. */
function roundedUp(largestMiB: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(largestMiB, 1)));
}
