import { readClasses } from '@stepfit/tuner/flow-source/read-flows';

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
}

/** The flows in the Python files at the paths, by name: classes with steps of their own or of a base there. */
export async function findFlows(paths: readonly string[]): Promise<CheckedOutFlow[]> {
  const parse = await loadPythonParser();
  const { files } = readSources(paths);
  const classes = files.flatMap(({ path, text }) => readClasses({ path, text, root: parse(text) }));
  const bases = new Set(classes.flatMap((one) => one.bases));
  const flows = classes
    .filter((one) => !bases.has(one.name))
    .map((one) => {
      const inherited = one.bases.flatMap((base) => classes.filter(({ name }) => name === base));
      const steps = [...inherited, one].flatMap((owner) => owner.steps);
      return {
        flow: one.name,
        path: one.file.path,
        line: one.line,
        steps: new Map(
          steps.map(({ name, file, mark, decorators }) => [
            name,
            {
              path: file.path,
              line: decorators[0]?.line ?? mark.line,
            },
          ]),
        ),
      };
    });
  return flows.filter(({ steps }) => steps.size > 0).toSorted((a, b) => (a.flow < b.flow ? -1 : 1));
}
