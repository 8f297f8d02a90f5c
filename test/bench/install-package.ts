import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BESIDE = ['pidusage', 'safe-buffer', 'systeminformation', 'koffi', '@koromix'];

/** Packs the SDK plugin, puts it into `folder` with what it depends on, and returns its launcher. */
export function installPackage(folder: string): string {
  const modules = join(folder, 'node_modules');
  const home = join(modules, '@stepfit', 'sdk-plugin');
  mkdirSync(home, { recursive: true });
  const script = join(ROOT, 'sdk-plugin/scripts/pack.mjs');
  const printed = execFileSync(process.execPath, [script, folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const tarball = printed.trim().split('\n').at(-1) ?? '';
  execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', home]);
  for (const name of BESIDE) {
    cpSync(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true });
  }
  return join(home, 'bin', 'stepfit');
}
