import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { parseNextflowTrace, type NextflowTask } from '@stepfit/tuner/traces/nextflow-trace';

import type { TraceTask } from './sizer.ts';

const MS_PER_HOUR = 3_600_000;
/** The published evaluation keeps processes with at least this many tasks. */
const MIN_TASKS = 34;

/** What counts as the need: resident memory at the end (as published) or its highest value. */
export type Need = 'rss' | 'peak_rss';

export interface Workflow {
  readonly name: string;
  readonly tasks: readonly TraceTask[];
}

function groupByProcess(tasks: readonly NextflowTask[]): NextflowTask[][] {
  return [...Map.groupBy(tasks, (task) => task.process).values()];
}

/** The published filter: processes with ≥ 34 tasks that used memory, none of zero runtime. */
function keepPublished(tasks: readonly NextflowTask[]): NextflowTask[] {
  const used = tasks.filter((task) => (task.rssBytes ?? 0) > 0);
  const kept = groupByProcess(used).filter(
    (group) => group.length >= MIN_TASKS && group.every((task) => task.realtimeMs !== 0),
  );
  return kept.flat().toSorted((one, other) => one.row - other.row);
}

function toTraceTask(workflow: string, task: NextflowTask, need: Need): TraceTask {
  return {
    workflow,
    step: task.process,
    index: task.row,
    submittedAtMs: task.submittedAtMs ?? 0,
    completedAtMs: task.completedAtMs ?? 0,
    declaredBytes: task.memoryBytes ?? 0,
    inputBytes: task.readBytes ?? 0,
    needBytes: (need === 'rss' ? task.rssBytes : task.peakRssBytes) ?? 0,
    hours: (task.realtimeMs ?? 0) / MS_PER_HOUR,
  };
}

/** Every `*.csv` and `*.tsv` of a folder, read as Nextflow traces. */
export function loadTraces(folder: string): Map<string, NextflowTask[]> {
  const files = readdirSync(folder).filter((file) => /\.(csv|tsv)$/.test(file));
  return new Map(
    files
      .toSorted()
      .map((file) => [
        basename(file).replace(/\.\w+$/, ''),
        keepPublished(parseNextflowTrace(readFileSync(join(folder, file), 'utf8'))),
      ]),
  );
}

export function toWorkflows(traces: ReadonlyMap<string, NextflowTask[]>, need: Need): Workflow[] {
  return [...traces].map(([name, tasks]) => ({
    name,
    tasks: tasks.map((task) => toTraceTask(name, task, need)),
  }));
}
