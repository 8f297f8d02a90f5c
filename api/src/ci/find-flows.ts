import { readClasses, type SourceStep } from '@stepfit/tuner/flow-source/read-flows';
import { lineage } from '@stepfit/tuner/flow-source/rewrite-flows';

import { readSources } from '../apply/read-sources.ts';
import { loadPythonParser } from '../flow-source/parse-python.ts';

/** Where a step is written: what annotations point at. */
export interface Place {
  readonly path: string;
  readonly line: number;
}

export interface CheckedOutFlow {
  readonly flow: string;
  readonly path: string;
  readonly line: number;
  readonly steps: ReadonlyMap<string, Place>;
  /** True: another class here is made of it, so it may be no flow that anybody runs. */
  readonly isInherited: boolean;
}

/** The flows in the Python files at the paths, by name: classes with steps of their own or of a base there. */
export async function findFlows(paths: readonly string[]): Promise<CheckedOutFlow[]> {
  const parse = await loadPythonParser();
  const { files } = readSources(paths);
  const classes = files.flatMap(({ path, text }) => readClasses({ path, text, root: parse(text) }));
  const inherited = new Set(classes.flatMap((one) => lineage(classes, one).slice(1)));
  const flows = classes.flatMap((one): CheckedOutFlow[] => {
    // Farthest first, so that the nearest place of a step stays.
    const steps = lineage(classes, one)
      .toReversed()
      .flatMap((owner) => owner.steps);
    if (steps.length === 0) return [];
    const { name: flow, line } = one;
    const places = new Map(steps.map((step) => [step.name, placeOf(step)]));
    return [{ flow, path: one.file.path, line, steps: places, isInherited: inherited.has(one) }];
  });
  // Runs say which flow they are of, not which file: of several with one name, the first stands for all.
  const named = new Map(flows.toReversed().map((flow) => [flow.flow, flow]));
  return [...named.values()].toSorted((a, b) => (a.flow < b.flow ? -1 : 1));
}

/** The first of the step’s decorators, where what it asks for stands. */
function placeOf({ file, decorators, mark }: SourceStep): Place {
  return { path: file.path, line: decorators[0]?.line ?? mark.line };
}
