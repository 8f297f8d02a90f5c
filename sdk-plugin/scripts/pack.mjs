// Makes the tarball of the package: `node sdk-plugin/scripts/pack.mjs [FOLDER]` prints its path.
//
// The sources are TypeScript, which Node runs in a checkout and refuses to run below node_modules. So the package
// holds what tsc makes of them, in a folder of its own with a package.json of its own; nothing of the checkout changes.
// docs/decisions/0013-the-package-is-compiled.md says why.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const home = join(import.meta.dirname, '..');
const staging = join(home, 'build', 'package');
const target = process.argv[2] ?? join(home, 'build');

rmSync(staging, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });
mkdirSync(target, { recursive: true });

const tsc = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin',
  'tsc',
);
execFileSync(
  process.execPath,
  [tsc, '-p', join(home, 'tsconfig.build.json'), '--outDir', join(staging, 'dist')],
  { stdio: 'inherit' },
);
cpSync(join(home, 'bin'), join(staging, 'bin'), { recursive: true });
cpSync(join(home, '..', 'LICENSE'), join(staging, 'LICENSE'));
cpSync(join(home, 'README.md'), join(staging, 'README.md'));

const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
delete manifest.private;
delete manifest.scripts;
// Not in the checkout's manifest: there, `stepfit` is the server's command line, which has `run` too.
manifest.bin = { stepfit: './bin/stepfit' };
manifest.exports = Object.fromEntries(
  Object.entries(manifest.exports).map(([name, source]) => [name, compiled(source)]),
);
writeFileSync(join(staging, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

const [{ filename }] = JSON.parse(
  execFileSync('npm', ['pack', '--json', '--pack-destination', target], {
    cwd: staging,
    encoding: 'utf8',
  }),
);
process.stdout.write(`${join(target, filename)}\n`);

function compiled(source) {
  const path = source.replace('./src/', './dist/').replace(/\.ts$/, '');
  return { types: `${path}.d.ts`, default: `${path}.js` };
}
