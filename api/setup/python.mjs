// Plain JavaScript for any Node from 20.11 on. Run as a program it prints the environment's Python, and the
// folder of the oldest Metaflow.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { explainFailure, fail, ROOT, STATE_DIR } from './install.mjs';

/** The newest Metaflow the extension is tested with; `METAFLOW_TEST_VERSION` picks another for the tests. */
const METAFLOW_VERSION = process.env.METAFLOW_TEST_VERSION ?? '2.19.39';
/** What Metaflow needs to compile for Kubernetes and to run there; the clients of AWS it brings itself. */
const CLOUD_CLIENTS = ['kubernetes==32.0.1'];
/** The oldest Metaflow that the extension's README promises: one flow test runs it. */
const OLDEST_METAFLOW_VERSION = '2.12.0';
const EXTENSION_DIR = join(ROOT, 'sdk-plugin', 'python');
const VENV_DIR = join(STATE_DIR, 'venv');

function findPython() {
  for (const name of [process.env.STEPFIT_PYTHON, 'python3'].filter(Boolean)) {
    const probe = spawnSync(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
      encoding: 'utf8',
    });
    if (probe.status !== 0) continue;
    const [major, minor] = probe.stdout.trim().split('.').map(Number);
    if (major === 3 && minor >= 9) return name;
    fail(
      `${name} is Python ${probe.stdout.trim()}, but 3.9 or newer is needed.`,
      'Install a newer Python, or name one with STEPFIT_PYTHON=/path/to/python3.',
    );
  }
  return fail(
    'python3 was not found.',
    'Install Python 3.9 or newer (Debian: apt-get install python3 python3-venv).',
  );
}

/** A digest of the extension's sources, so that a changed extension is installed again. */
function extensionDigest() {
  const hash = createHash('sha256').update(METAFLOW_VERSION);
  const walk = (dir) => {
    for (const name of readdirSync(dir).sort()) {
      if (name === 'build' || name === '__pycache__' || name.endsWith('.egg-info')) continue;
      const path = join(dir, name);
      if (statSync(path).isDirectory()) walk(path);
      else hash.update(path).update(readFileSync(path));
    }
  };
  walk(EXTENSION_DIR);
  return hash.digest('hex');
}

function run(what, command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status !== 0) explainFailure(what, `${result.stdout}${result.stderr}`);
}

const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];

function makeVenv() {
  const venv = spawnSync(findPython(), ['-m', 'venv', VENV_DIR], { encoding: 'utf8' });
  if (venv.status === 0) return;
  rmSync(VENV_DIR, { recursive: true, force: true });
  const output = `${venv.stdout}${venv.stderr}`;
  if (/ensurepip|python3-venv|No module named venv/i.test(output)) {
    fail(
      'this Python cannot make virtual environments.',
      'Install its venv module (Debian: apt-get install python3-venv) and try again.',
    );
  }
  explainFailure('python3 -m venv', output);
}

/**
 * Makes `.stepfit/venv` with Metaflow from the package index and the extension from this checkout in it,
 * reusing what is there, and returns the path of its Python.
 */
export function ensurePython({ announce }) {
  const python = join(VENV_DIR, 'bin', 'python');
  const stamp = join(VENV_DIR, '.stepfit-installed');
  const digest = extensionDigest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return python;

  mkdirSync(STATE_DIR, { recursive: true });
  if (!existsSync(python)) {
    announce('Making a Python environment in .stepfit/venv');
    makeVenv();
  }
  announce(`Installing Metaflow ${METAFLOW_VERSION} and the StepFit extension into it`);
  run('pip install metaflow', python, [...PIP, `metaflow==${METAFLOW_VERSION}`]);
  // A build folder left by an earlier install would put files into the wheel that are gone from the sources.
  rmSync(join(EXTENSION_DIR, 'build'), { recursive: true, force: true });
  run('pip install of the extension', python, [
    ...PIP,
    '--force-reinstall',
    '--no-deps',
    EXTENSION_DIR,
  ]);
  writeFileSync(stamp, digest);
  return python;
}

/** Adds to that environment what only tests need, and returns the path of its Python. */
export function ensureTestPython({ announce }) {
  const python = ensurePython({ announce });
  const stamp = join(VENV_DIR, '.stepfit-test-installed');
  const wanted = CLOUD_CLIENTS.join(' ');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  announce(`Installing ${wanted} for the tests`);
  run(`pip install ${wanted}`, python, [...PIP, ...CLOUD_CLIENTS]);
  writeFileSync(stamp, wanted);
  return python;
}

/**
 * Puts the oldest Metaflow that is promised, and nothing that it needs, into a folder of its own, and returns the
 * folder: as `PYTHONPATH` it takes the place of the Metaflow in the environment of `ensureTestPython`.
 */
export function ensureOldestMetaflow({ python, announce }) {
  const folder = join(STATE_DIR, `metaflow-${OLDEST_METAFLOW_VERSION}`);
  if (existsSync(join(folder, 'metaflow', '__init__.py'))) return folder;
  announce(`Putting Metaflow ${OLDEST_METAFLOW_VERSION} beside it for one test`);
  const wanted = `metaflow==${OLDEST_METAFLOW_VERSION}`;
  const made = `${folder}.${process.pid}`;
  run(`pip install ${wanted}`, python, [...PIP, '--no-deps', '--target', made, wanted]);
  rmSync(folder, { recursive: true, force: true });
  renameSync(made, folder);
  return folder;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const announce = (line) => process.stderr.write(`${line}\n`);
  const python = ensureTestPython({ announce });
  process.stdout.write(`${python}\n${ensureOldestMetaflow({ python, announce })}\n`);
}
