import { resolve } from 'node:path';

import type { WantedChange } from '@stepfit/tuner/flow-source/plan-step';
import { rewriteFlows, type StepOutcome } from '@stepfit/tuner/flow-source/rewrite-flows';
import type { Resources, Suggestion } from '@stepfit/tuner/model/suggestion';

import { loadPythonParser } from '../flow-source/parse-python.ts';
import { readSources } from './read-sources.ts';
import { unifiedDiff } from './unified-diff.ts';
import { writeSource } from './write-source.ts';

/** A file that the suggestions change. */
export interface ChangedFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** Unified, as `git apply` and `patch -p1` take it. */
  readonly diff: string;
}

/** What one suggestion does to the sources. */
export interface AppliedSuggestion {
  readonly suggestion: Suggestion;
  readonly outcome: StepOutcome;
}

export interface Application {
  readonly files: readonly ChangedFile[];
  readonly results: readonly AppliedSuggestion[];
  /** Files that are not UTF-8. */
  readonly unreadable: readonly string[];
}

/**
 * What the suggestions would change in the Python files at the paths; writes nothing.
 *
 * @param folder where paths begin, those that come back too; the working directory where it is not given.
 */
export async function applySuggestions(
  paths: readonly string[],
  suggestions: readonly Suggestion[],
  folder = '',
): Promise<Application> {
  const { files: sources, unreadable } = readSources(paths, folder);
  const parse = await loadPythonParser();
  const { files, outcomes } = rewriteFlows(parse, sources, suggestions.map(toWanted));
  return {
    files: files.flatMap(({ path, text }, index) => {
      const before = sources[index]?.text ?? text;
      return before === text
        ? []
        : [{ path, before, after: text, diff: unifiedDiff(path, before, text) }];
    }),
    results: suggestions.flatMap((suggestion, index) => {
      const outcome = outcomes[index];
      return outcome === undefined ? [] : [{ suggestion, outcome }];
    }),
    unreadable,
  };
}

export function writeChanges({ files }: Application, folder = ''): void {
  for (const { path, before, after } of files) writeSource(resolve(folder, path), before, after);
}

/** Of what a suggestion suggests, what is not asked for today. */
export function toWanted(suggestion: Suggestion): WantedChange {
  const { flow, step, backend, declared, effective, suggested, operatorDefaults } = suggestion;
  return {
    flow,
    step,
    backend,
    declared,
    change: changedAmounts(effective, suggested),
    ...(operatorDefaults !== undefined && { operatorDefaults }),
  };
}

function changedAmounts(from: Resources, to: Resources): Resources {
  const { cpuCores, memoryMiB, gpuCount } = to;
  return {
    ...(cpuCores !== undefined && cpuCores !== from.cpuCores && { cpuCores }),
    ...(memoryMiB !== undefined && memoryMiB !== from.memoryMiB && { memoryMiB }),
    ...(gpuCount !== undefined && gpuCount !== from.gpuCount && { gpuCount }),
  };
}
