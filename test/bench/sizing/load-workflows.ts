import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Trace, TraceTask } from '@stepfit/tuner/compare/sizer';
import { readTableTrace } from '@stepfit/tuner/traces/table-trace';

/** The published evaluation keeps processes with at least this many tasks. */
const MIN_TASKS = 34;

/** What counts as the need: resident memory at the end (as published) or its highest value. */
export type Need = 'rss' | 'peak_rss';

/** The published filter: processes with ≥ 34 tasks that used memory, none of zero runtime. */
function keepPublished(tasks: readonly TraceTask[]): TraceTask[] {
  const steps = Map.groupBy(tasks, ({ launch }) => launch.step);
  const kept = [...steps.values()].filter(
    (members) => members.length >= MIN_TASKS && members.every(({ hours }) => hours > 0),
  );
  return kept.flat().toSorted((one, other) => one.launch.index - other.launch.index);
}

/**
 * Every `*.csv` and `*.tsv` of a folder, read as Nextflow traces.
 *
 * @throws {StepfitError} `invalid-input` where there is none or one cannot be read.
 */
export function loadWorkflows(folder: string, need: Need): Trace[] {
  const files = listTraces(folder);
  return files.map((file) => {
    const path = join(folder, file);
    try {
      const text = readFileSync(path, 'utf8');
      const columns = { peak: { name: need }, features: {} };
      return {
        name: basename(file, extname(file)),
        tasks: keepPublished(readTableTrace(text, { columns }).tasks),
      };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StepfitError('invalid-input', `${path} cannot be read: ${reason}`, {
        cause: error,
      });
    }
  });
}

function listTraces(folder: string): string[] {
  const hint = 'Give a folder of Nextflow traces (*.csv, *.tsv) with --data DIR.';
  try {
    const files = readdirSync(folder).filter((file) => /\.(csv|tsv)$/.test(file));
    if (files.length > 0) return files.toSorted();
  } catch (error) {
    throw new StepfitError('invalid-input', `The folder ${folder} cannot be read.`, {
      hint,
      cause: error,
    });
  }
  throw new StepfitError('invalid-input', `There are no traces in ${folder}.`, { hint });
}
