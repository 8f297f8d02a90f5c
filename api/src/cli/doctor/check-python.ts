import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { Check } from '../../format/doctor-text.ts';

const execute = promisify(execFile);

/** Importing Metaflow can take seconds on a cold disk; this only reads package metadata. */
const TIMEOUT_MS = 15_000;

const PROBE = `
import importlib.metadata as metadata, json, sys
def version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
print(json.dumps({
    "python": "%d.%d.%d" % sys.version_info[:3],
    "metaflow": version("metaflow"),
    "extension": version("metaflow-stepfit"),
}))
`;

/** What the probe prints. */
export interface PythonFacts {
  readonly python: string;
  readonly metaflow: string | null;
  readonly extension: string | null;
}

/** Looks for Metaflow and the extension in the environment of `command`. */
export async function checkPython(command: string): Promise<Check> {
  const facts = await probe(command);
  if (facts !== undefined) return judgePython(facts, command);
  return {
    name: 'python',
    state: 'warn',
    detail: `${command} does not run, or is older than Python 3.8`,
    hint: 'Name the Python that runs your flows with --python or STEPFIT_PYTHON.',
  };
}

async function probe(command: string): Promise<PythonFacts | undefined> {
  try {
    const { stdout } = await execute(command, ['-c', PROBE], { timeout: TIMEOUT_MS });
    return JSON.parse(stdout) as PythonFacts;
  } catch {
    return undefined;
  }
}

/** What that Python can do for StepFit. */
export function judgePython({ python, metaflow, extension }: PythonFacts, command: string): Check {
  const name = 'python';
  if (metaflow === null) {
    return {
      name,
      state: 'warn',
      detail: `${command} (${python}) has no Metaflow`,
      hint: 'Name the Python that runs your flows with --python or STEPFIT_PYTHON.',
    };
  }
  if (extension === null) {
    return {
      name,
      state: 'warn',
      detail: `${command} (${python}) has Metaflow ${metaflow}, but not the extension`,
      hint: `${command} -m pip install ./sdk-plugin/python`,
    };
  }
  return {
    name,
    state: 'ok',
    detail: `${command} (${python}) has Metaflow ${metaflow} and metaflow-stepfit ${extension}`,
  };
}
