import { MEMORY_SOURCES } from '@stepfit/sdk-plugin/contract/attributes';

import type { ColumnType, RowOf } from '../db/unnest-rows.ts';
import { OUTCOME_PRECEDENCE } from './merge-reports.ts';
import type { AttemptReport } from './usage-report.ts';

/**
 * How a column takes what a later report says of it. Every rule gives the same result in whatever order
 * reports come, and changes nothing when one comes again.
 */
type MergeRule =
  /** Part of the identity: the same by definition. */
  | 'same'
  /** The first that was said stays. */
  | 'first'
  | 'least'
  | 'greatest'
  /** Goes with the outcome that wins: reported over inferred, then by `OUTCOME_PRECEDENCE`. */
  | 'end'
  /** Goes with the higher peak. */
  | 'peak-source'
  /** Each feature by itself, the first that was said stays. */
  | 'features';

interface Column {
  /** What travels. */
  readonly type: ColumnType;
  /** What it becomes in the store, where that differs. */
  readonly cast?: 'jsonb';
  readonly merge: MergeRule;
  /** What a report says; undefined where it says nothing. */
  readonly of: (report: AttemptReport) => string | number | undefined;
}

/** Columns that ingest writes. */
const COLUMNS = {
  project: { type: 'text', merge: 'same', of: ({ identity }) => identity.project },
  attempt_id: { type: 'text', merge: 'same', of: ({ attemptId }) => attemptId },
  flow: { type: 'text', merge: 'same', of: ({ identity }) => identity.flow },
  run: { type: 'text', merge: 'same', of: ({ identity }) => identity.run },
  step: { type: 'text', merge: 'same', of: ({ identity }) => identity.step },
  task: { type: 'text', merge: 'same', of: ({ identity }) => identity.task },
  attempt: { type: 'integer', merge: 'same', of: ({ identity }) => identity.attempt },
  started_at: {
    type: 'timestamptz',
    merge: 'least',
    of: ({ startedAtMs }) => toTimestamp(startedAtMs),
  },
  last_sample_at: {
    type: 'timestamptz',
    merge: 'greatest',
    of: ({ lastSampleAtMs }) => toTimestamp(lastSampleAtMs),
  },
  ended_at: { type: 'timestamptz', merge: 'end', of: ({ end }) => toTimestamp(end?.endedAtMs) },
  outcome: { type: 'text', merge: 'end', of: ({ end }) => end?.outcome },
  outcome_source: {
    type: 'text',
    merge: 'end',
    of: ({ end }) => end && 'reported',
  },
  outcome_evidence: { type: 'text', merge: 'end', of: ({ end }) => end?.evidence },
  exit_code: { type: 'integer', merge: 'first', of: ({ exitCode }) => exitCode },
  exception_type: { type: 'text', merge: 'end', of: ({ end }) => end?.exceptionType },
  declared_cpu_cores: {
    type: 'double precision',
    merge: 'first',
    of: ({ facts }) => facts.declaredCpuCores,
  },
  declared_memory_mib: {
    type: 'double precision',
    merge: 'first',
    of: ({ facts }) => facts.declaredMemoryMiB,
  },
  declared_gpu_count: {
    type: 'integer',
    merge: 'first',
    of: ({ facts }) => facts.declaredGpuCount,
  },
  declared_decorators: {
    type: 'text',
    cast: 'jsonb',
    merge: 'first',
    of: ({ facts }) => toJson(facts.declaredDecorators),
  },
  request_cpu_cores: {
    type: 'double precision',
    merge: 'first',
    of: ({ facts }) => facts.requestCpuCores,
  },
  request_memory_mib: {
    type: 'double precision',
    merge: 'first',
    of: ({ facts }) => facts.requestMemoryMiB,
  },
  request_gpu_count: { type: 'integer', merge: 'first', of: ({ facts }) => facts.requestGpuCount },
  hint: { type: 'text', cast: 'jsonb', merge: 'first', of: ({ facts }) => toJson(facts.hint) },
  limit_memory_mib: {
    type: 'double precision',
    merge: 'first',
    of: ({ facts }) => facts.limitMemoryMiB,
  },
  limit_cpu_cores: {
    type: 'double precision',
    merge: 'first',
    of: ({ facts }) => facts.limitCpuCores,
  },
  backend: { type: 'text', merge: 'first', of: ({ facts }) => facts.backend },
  qos: { type: 'text', merge: 'first', of: ({ facts }) => facts.qos },
  code_version: { type: 'text', merge: 'first', of: ({ facts }) => facts.codeVersion },
  revision: { type: 'text', merge: 'first', of: ({ facts }) => facts.revision },
  branch: { type: 'text', merge: 'first', of: ({ facts }) => facts.branch },
  owner: { type: 'text', merge: 'first', of: ({ facts }) => facts.owner },
  step_parents: {
    type: 'text',
    cast: 'jsonb',
    merge: 'first',
    of: ({ facts }) => toJson(facts.stepParents),
  },
  host_name: { type: 'text', merge: 'first', of: ({ facts }) => facts.hostName },
  host_cpu_cores: { type: 'integer', merge: 'first', of: ({ facts }) => facts.hostCpuCores },
  host_memory_mib: {
    type: 'double precision',
    merge: 'first',
    of: ({ facts }) => facts.hostMemoryMiB,
  },
  sampler_version: { type: 'text', merge: 'first', of: ({ facts }) => facts.samplerVersion },
  features: {
    type: 'text',
    cast: 'jsonb',
    merge: 'features',
    of: ({ facts }) => toJson(facts.features),
  },
  peak_memory_mib: {
    type: 'double precision',
    merge: 'greatest',
    of: ({ peak }) => peak?.memoryMiB,
  },
  peak_memory_source: { type: 'text', merge: 'peak-source', of: ({ peak }) => peak?.source },
  cpu_seconds: { type: 'double precision', merge: 'greatest', of: ({ cpuSeconds }) => cpuSeconds },
  cpu_throttled_seconds: {
    type: 'double precision',
    merge: 'greatest',
    of: ({ cpuThrottledSeconds }) => cpuThrottledSeconds,
  },
  disk_read_bytes: {
    type: 'double precision',
    merge: 'greatest',
    of: ({ io }) => io?.diskReadBytes,
  },
  disk_written_bytes: {
    type: 'double precision',
    merge: 'greatest',
    of: ({ io }) => io?.diskWrittenBytes,
  },
  network_received_bytes: {
    type: 'double precision',
    merge: 'greatest',
    of: ({ io }) => io?.networkReceivedBytes,
  },
  network_sent_bytes: {
    type: 'double precision',
    merge: 'greatest',
    of: ({ io }) => io?.networkSentBytes,
  },
  oom_kills: { type: 'integer', merge: 'greatest', of: ({ oomKills }) => oomKills },
} as const satisfies Record<string, Column>;

type Name = keyof typeof COLUMNS;
export type AttemptRow = RowOf<{ readonly [N in Name]: (typeof COLUMNS)[N]['type'] }>;

const NAMES = Object.keys(COLUMNS) as Name[];

export const ATTEMPT_COLUMN_TYPES = Object.fromEntries(
  NAMES.map((name) => [name, COLUMNS[name].type]),
) as { readonly [N in Name]: (typeof COLUMNS)[N]['type'] };

/** The new outcome is to stand: there is none yet, or it was only inferred, or says less. */
const NEW_END_WINS = `(excluded.outcome is not null and (a.outcome is null or a.outcome_source = 'inferred'
  or ${rank('excluded.outcome', OUTCOME_PRECEDENCE)} < ${rank('a.outcome', OUTCOME_PRECEDENCE)}))`;

/** Of two equal peaks the more trustworthy source is kept. */
const MERGED_PEAK_SOURCE = `case
  when excluded.peak_memory_mib is null then a.peak_memory_source
  when a.peak_memory_mib is null or excluded.peak_memory_mib > a.peak_memory_mib
    or (excluded.peak_memory_mib = a.peak_memory_mib
      and ${rank('excluded.peak_memory_source', MEMORY_SOURCES)} < ${rank('a.peak_memory_source', MEMORY_SOURCES)})
    then excluded.peak_memory_source
  else a.peak_memory_source end`;

function rank(expression: string, order: readonly string[]): string {
  return `array_position(array[${order.map((item) => `'${item}'`).join(', ')}], ${expression})`;
}

function merged(name: Name): string {
  const { merge } = COLUMNS[name];
  switch (merge) {
    case 'same':
      return `a.${name}`;
    case 'first':
      return `coalesce(a.${name}, excluded.${name})`;
    case 'least':
      return `least(a.${name}, excluded.${name})`;
    case 'greatest':
      return `greatest(a.${name}, excluded.${name})`;
    case 'peak-source':
      return MERGED_PEAK_SOURCE;
    case 'features':
      return `excluded.features || a.features`;
    case 'end':
      // Whatever is new shows that an end which was only inferred was no end.
      return `case when ${NEW_END_WINS} then excluded.${name}
        when a.outcome_source = 'inferred' then null else a.${name} end`;
  }
}

const MUTABLE = NAMES.filter((name) => COLUMNS[name].merge !== 'same');
const FACTS = MUTABLE.filter((name) => COLUMNS[name].merge !== 'end');

/** The column list of the insert, and the expressions that select it from the unnested rows `e`. */
export const INSERT_LIST = NAMES.join(', ');
export const SELECT_LIST = NAMES.map((name) => {
  const column: Column = COLUMNS[name];
  return column.cast === undefined ? `e.${name}` : `e.${name}::${column.cast}`;
}).join(', ');

/** Assignments of `on conflict do update`, without the columns that are not the sender's to say. */
export const MERGE_ASSIGNMENTS = MUTABLE.map((name) => `${name} = ${merged(name)}`).join(', ');

/** Whether the report says anything that the row does not. */
export const SAYS_SOMETHING_NEW = `(${NEW_END_WINS}
  or (${FACTS.map(merged).join(', ')}) is distinct from (${FACTS.map((name) => `a.${name}`).join(', ')}))`;

/** The row that a report makes of itself. */
export function toAttemptRow(report: AttemptReport): AttemptRow {
  // `COLUMNS` and `AttemptRow` have the same keys, and each `of` yields its column's type.
  return Object.fromEntries(
    NAMES.map((name) => [name, COLUMNS[name].of(report) ?? null]),
  ) as AttemptRow;
}

function toTimestamp(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString();
}

function toJson(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
