// Plain JavaScript for any Node from 20.11 on: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const STATE_DIR = join(ROOT, '.stepfit');

const NEEDED_BYTES = 2 * 1024 ** 3;

/** Says in one sentence what is wrong and what to do, then ends the process. */
export function fail(message, hint) {
  process.stderr.write(`\nstepfit: ${message}\n${hint ? `  → ${hint}\n` : ''}`);
  process.exit(1);
}

/** Turns a failed tool's output into the sentence a newcomer needs. */
export function explainFailure(what, output) {
  if (/ENOSPC|No space left on device/i.test(output)) {
    fail(
      `${what} failed because the disk is full.`,
      'Free about 2 GB and run the same command again.',
    );
  }
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|Temporary failure in name resolution|NewConnectionError|No matching distribution found/i.test(
      output,
    )
  ) {
    fail(
      `${what} failed because the package index could not be reached.`,
      'Check the network (or the proxy settings of npm and pip) and run the same command again.',
    );
  }
  process.stderr.write(`${output.trimEnd().split('\n').slice(-15).join('\n')}\n`);
  fail(`${what} failed.`, 'The lines above are its last words.');
}

function checkDisk() {
  const { bavail, bsize } = statfsSync(ROOT);
  if (bavail * bsize < NEEDED_BYTES) {
    fail(
      `the disk of ${ROOT} has less than 2 GB free.`,
      'Free some space and run the same command again.',
    );
  }
}

/**
 * Installs the JavaScript dependencies when they are missing or older than the lock file, and returns the
 * Node that runs the product: the project's own where there is one for this platform.
 */
export function ensureNodeModules({ announce }) {
  const stamp = join(ROOT, 'node_modules', '.stepfit-lock');
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    announce('Installing JavaScript dependencies (npm ci, about a minute the first time)');
    checkDisk();
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (npm.error) fail('npm was not found.', 'Install npm (it comes with Node.js) and try again.');
    if (npm.status !== 0) explainFailure('npm ci', `${npm.stdout}${npm.stderr}`);
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, lock);
  }
  return productNode();
}

function productNode() {
  const own = join(ROOT, 'node_modules', '.bin', 'node');
  if (existsSync(own)) return own;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  return fail(
    `there is no bundled Node 24 for ${process.platform}-${process.arch}, and this Node is ${process.versions.node}.`,
    'Install Node 22.18 or newer and try again.',
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureNodeModules({ announce: (line) => process.stdout.write(`${line}\n`) });
}
