import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const VENV = fileURLToPath(new URL('../../.stepfit/venv-tracker', import.meta.url));
const PYTHON = join(VENV, 'bin', 'python');
const STAMP = join(VENV, '.stepfit-installed');
/** The peer that we measure ourselves by, the Metaflow that it is used with, and what a workload needs. */
const PACKAGES = ['resource-tracker==0.5.0', 'metaflow==2.19.39', 'numpy==2.4.6'] as const;

/**
 * The Python of a virtual environment with resource-tracker from the package index, made on first use. It is
 * apart from the one with our extension: both put themselves into Metaflow.
 */
export async function trackerPython(): Promise<string> {
  const wanted = PACKAGES.join('\n');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return PYTHON;
  rmSync(VENV, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', VENV]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(PYTHON, [...pip, ...PACKAGES]);
  writeFileSync(STAMP, wanted);
  return PYTHON;
}
