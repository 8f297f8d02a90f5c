// Plain JavaScript for any Node from 20.11 on. Run as a program it builds the dashboard.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { explainFailure, fail, ROOT } from './install.mjs';

const WEB = join(ROOT, 'api', 'web');
/** What the bundle is made from: the pages, and what they share with the server. */
const SOURCES = [WEB, join(ROOT, 'api', 'src'), join(ROOT, 'tuner', 'src')];

/** A digest of the sources, so that the bundle is built again when one of them has changed. */
function sourceDigest() {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  const walk = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true }).sort(byName)) {
      if (entry.name === 'dist' || entry.name === 'node_modules') continue;
      const path = join(dir, entry.name);
      if (entry.isDirectory()) walk(path);
      else hash.update(path.slice(ROOT.length)).update(readFileSync(path));
    }
  };
  for (const source of SOURCES) walk(source);
  return hash.digest('hex');
}

function byName(a, b) {
  return a.name < b.name ? -1 : 1;
}

/** Builds the dashboard into `api/web/dist` unless what is there is made from these sources. */
export function ensureWeb({ node, announce }) {
  const stamp = join(WEB, 'dist', '.built-from');
  const digest = sourceDigest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  announce('Building the dashboard (a second or two)');
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  if (!existsSync(vite))
    fail('the JavaScript dependencies are not installed.', 'Run npm ci first.');
  for (const config of ['vite.config.ts', 'vite.report.config.ts']) {
    const args = [vite, 'build', WEB, '--config', join(WEB, config), '--logLevel', 'error'];
    const built = spawnSync(node, args, { cwd: ROOT, encoding: 'utf8' });
    if (built.status !== 0) explainFailure('vite build', `${built.stdout}${built.stderr}`);
  }
  writeFileSync(stamp, digest);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureWeb({
    node: process.execPath,
    announce: (line) => process.stdout.write(`${line}\n`),
  });
}
