import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import { SIZE_UNITS, TIME_UNITS } from './amounts.ts';

/** A column of a file, and the unit of its plain numbers. */
export interface Column {
  readonly name: string;
  readonly unit?: string;
}

/** Which column says what. `step` and `peak` are needed. */
export interface ColumnMap {
  readonly step?: Column;
  readonly task?: Column;
  readonly outcome?: Column;
  /** Highest memory in use. */
  readonly peak?: Column;
  /** Memory asked for. */
  readonly request?: Column;
  readonly duration?: Column;
  readonly submitted?: Column;
  readonly ended?: Column;
  /** Numbers known before the task starts, by name. */
  readonly features: Readonly<Record<string, Column>>;
}

type Field = Exclude<keyof ColumnMap, 'features'>;

const UNITS: Readonly<Record<Field, Readonly<Record<string, number>>>> = {
  step: {},
  task: {},
  outcome: {},
  peak: SIZE_UNITS,
  request: SIZE_UNITS,
  duration: TIME_UNITS,
  submitted: TIME_UNITS,
  ended: TIME_UNITS,
};
const FIELDS = Object.keys(UNITS) as Field[];
const FEATURE = 'feature.';

/** What one of a column's unit is, in MiB or ms; undefined where the column names none. */
export function unitOf(field: Field, { unit }: Column): number | undefined {
  return unit === undefined ? undefined : UNITS[field][unit];
}

/**
 * Reads `step=process,peak=peak_rss:KiB,feature.input=bytes`: field = column, and a unit where the plain
 * numbers are not in bytes or milliseconds.
 *
 * @throws {StepfitError} `invalid-input` for an unknown field or unit.
 */
export function parseColumnMap(text: string): ColumnMap {
  const fields: Partial<Record<Field, Column>> = {};
  const features: Record<string, Column> = {};
  for (const part of text.split(',')) {
    const [, field = '', name = '', unit] =
      /^\s*([\w.-]+)\s*=\s*([^=:]+?)(?::(\w+))?\s*$/.exec(part) ?? [];
    const column = { name, ...(unit === undefined ? {} : { unit }) };
    if (field.startsWith(FEATURE) && field !== FEATURE && unit === undefined) {
      features[field.slice(FEATURE.length)] = column;
      continue;
    }
    const known = FIELDS.find((candidate) => candidate === field);
    if (known === undefined) throw notAColumn(part);
    if (unit !== undefined && UNITS[known][unit] === undefined) throw notAUnit(known, unit);
    fields[known] = column;
  }
  return { ...fields, features };
}

function notAColumn(part: string): StepfitError {
  return new StepfitError('invalid-input', `"${part.trim()}" does not map a column.`, {
    hint: `Write FIELD=COLUMN or FIELD=COLUMN:UNIT; fields: ${FIELDS.join(', ')}, feature.NAME.`,
  });
}

function notAUnit(field: Field, unit: string): StepfitError {
  const units = Object.keys(UNITS[field]);
  return new StepfitError('invalid-input', `${field} has no unit ${unit}.`, {
    hint:
      units.length === 0
        ? `${field} is a name and takes none.`
        : `Give one of ${units.join(', ')}.`,
  });
}

/**
 * The columns of a Nextflow trace, raw or with units. `name` is `PROCESS (tag)`; `rchar`, the bytes read
 * during the run, stands in for the size of the input: strictly it is known only afterwards.
 */
export function nextflowColumns(columns: readonly string[]): ColumnMap | undefined {
  const has = new Set(columns);
  const isTrace =
    (has.has('process') || has.has('name')) &&
    has.has('peak_rss') &&
    (has.has('realtime') || has.has('duration'));
  if (!isTrace) return undefined;
  function present(...names: readonly string[]): Column | undefined {
    const name = names.find((candidate) => has.has(candidate));
    return name === undefined ? undefined : { name };
  }
  const map = {
    step: present('process', 'name'),
    task: present('tag', 'name', 'hash'),
    outcome: present('status'),
    peak: present('peak_rss'),
    request: present('memory'),
    duration: present('realtime', 'duration'),
    submitted: present('submit', 'start'),
    ended: present('complete'),
  };
  const stated = Object.entries(map).filter(([, column]) => column !== undefined);
  const features = has.has('rchar') ? { rchar: { name: 'rchar' } } : {};
  return { ...(Object.fromEntries(stated) as Partial<Record<Field, Column>>), features };
}
