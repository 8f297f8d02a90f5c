import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { attemptsOf } from '../support/metaflow-attempts.ts';
import { type RecordingCollector, startRecordingCollector } from '../support/metaflow-collector.ts';
import { type FlowPlace, makeFlowPlace } from '../support/metaflow-run.ts';

/** It has no word of StepFit in it. */
const FLOW = join(import.meta.dirname, 'flows/ending_flow.py');
const EXTENSION = join(import.meta.dirname, '../../sdk-plugin/python');
const BUILT = /(^|\/)(build|__pycache__|[^/]+\.egg-info)$/;

describe('uninstalling', () => {
  let folder: string;
  let python: string;
  let place: FlowPlace;
  let collector: RecordingCollector;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stepfit-uninstall-'));
    python = makeEnvironment(join(folder, 'environment'));
    place = makeFlowPlace(python);
    collector = await startRecordingCollector();
  });

  afterAll(async () => {
    await collector.close();
    place.remove();
    rmSync(folder, { recursive: true });
  });

  function pip(...args: readonly string[]): void {
    execFileSync(python, ['-m', 'pip', '--disable-pip-version-check', ...args], { stdio: 'pipe' });
  }

  function files(): readonly string[] {
    return filesBelow(join(folder, 'environment')).toSorted();
  }

  /** The steps that were measured. */
  async function run(...options: readonly string[]): Promise<readonly string[]> {
    const before = collector.exports.length;
    const { exitCode, output } = await place.python([FLOW, 'run', ...options], {
      // Whoever shares the setting has not always the extension; Metaflow 2.12.0 does not know it.
      METAFLOW_STEPFIT_EVERYWHERE: '1',
      METAFLOW_STEPFIT_URL: collector.url,
      // As everybody has it: what Python leaves beside the extension's modules has to go, too.
      PYTHONDONTWRITEBYTECODE: '',
    });
    expect(exitCode, output).toBe(0);
    await place.samplersEnded();
    return attemptsOf(collector.exports.slice(before)).map(({ step }) => step);
  }

  it('leaves no file in the Python environment, and flows run as before', async () => {
    const before = files();
    const source = join(folder, 'source');
    cpSync(EXTENSION, source, { recursive: true, filter: (path) => !BUILT.test(path) });
    pip('install', '--no-deps', source);
    const installed = files().filter((path) => !before.includes(path));
    expect(installed.map((path) => basename(path))).toContain('stepfit_decorator.py');
    expect(await run('--with', 'stepfit')).toEqual(['start', 'work', 'end']);

    pip('uninstall', '--yes', 'metaflow-stepfit');

    expect(files()).toEqual(before);
    expect(await run()).toEqual([]);
  });
});

/** What is linked from elsewhere is one file here. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** A Python environment with what the tests' own has but the extension, by links: in a second, and without an index. */
function makeEnvironment(folder: string): string {
  execFileSync(inject('python'), ['-m', 'venv', '--without-pip', folder]);
  const python = join(folder, 'bin/python');
  const from = sitePackages(inject('python'));
  const to = sitePackages(python);
  for (const name of readdirSync(from)) {
    if (/^(metaflow_extensions|metaflow_stepfit.*|__pycache__)$/.test(name)) continue;
    symlinkSync(join(from, name), join(to, name));
  }
  return python;
}

function sitePackages(python: string): string {
  const code = "import sysconfig; print(sysconfig.get_path('purelib'))";
  return execFileSync(python, ['-c', code], { encoding: 'utf8' }).trim();
}
