import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, inject, it } from 'vitest';

const PYTHON_DIR = join(import.meta.dirname, '../../sdk-plugin/python');
const PLUGINS_DIR = join(PYTHON_DIR, 'metaflow_extensions/stepfit/plugins');

interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runPython(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Finished {
  return spawnSync(inject('python'), ['-B', ...args], {
    encoding: 'utf8',
    env: { ...process.env, METAFLOW_USER: 'tester', ...environment },
    timeout: 120_000,
  });
}

function testsIn(folder: string): readonly string[] {
  return ['-m', 'unittest', 'discover', '-s', join(PYTHON_DIR, 'tests', folder)];
}

describe('the Python parts', () => {
  it('pass their tests of the sampler, with its own modules and the standard library alone', () => {
    const result = runPython(testsIn('sampler'), { PYTHONPATH: join(PLUGINS_DIR, 'sampler') });
    expect(result.status, result.stderr).toBe(0);
    expect(result.stderr).toMatch(/Ran [1-9]\d* tests/);
  });

  it('pass their tests of the extension as installed, with Metaflow’s own decorators', () => {
    const result = runPython(testsIn('extension'));
    expect(result.status, result.stderr).toBe(0);
    expect(result.stderr).toMatch(/Ran [1-9]\d* tests/);
  });

  it('travel with the user’s code to remote tasks, the contract and the sampler included', () => {
    const flow = join(import.meta.dirname, 'flows/caught_flow.py');
    const result = runPython([flow, 'package', 'list']);
    expect(result.status, result.stderr).toBe(0);
    for (const file of [
      'config/switches.py',
      'plugins/contract.json',
      'plugins/stepfit_decorator.py',
      'plugins/sampler/__main__.py',
      'toplevel/stepfit_toplevel.py',
    ]) {
      expect(result.stdout + result.stderr).toContain(`stepfit/${file}`);
    }
  });
});
