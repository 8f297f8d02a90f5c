import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ROOT } from '../../support/product.ts';
import { NOBODY } from './support/run-stepfit.ts';

/** Packed, in bytes: what a container downloads of ours. */
const MAX_PACKED = 90_000;
/** Everything below node_modules without the optional koffi, which is native code for one platform. */
const MAX_INSTALLED = 3_000_000;
/** In a process group of its own: what goes wrong may signal all of one. */
const ALONE = { encoding: 'utf8', detached: true } as const;
const NOT_OPTIONAL = ['pidusage', 'safe-buffer', 'systeminformation'];

describe('the package, installed alone', () => {
  let home: string;
  let tarball: string;
  let app: string;

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'stepfit-package-'));
    app = join(home, 'app');
    const script = join(ROOT, 'sdk-plugin/scripts/pack.mjs');
    const printed = execFileSync(process.execPath, [script, home], { encoding: 'utf8' });
    tarball = printed.trim().split('\n').at(-1) ?? '';
    mkdirSync(app);
    writeFileSync(join(app, 'package.json'), '{"name":"app","version":"1.0.0","type":"module"}');
    // What is installed here stands in for the registry, which a test does not need.
    const dependencies = NOT_OPTIONAL.map((name) => join(ROOT, 'node_modules', name));
    const options = ['--offline', '--no-audit', '--omit=optional', '--install-links'];
    const quiet = ['--ignore-scripts', '--loglevel=error'];
    execFileSync('npm', ['install', ...options, ...quiet, tarball, ...dependencies], { cwd: app });
  }, 120_000);

  afterAll(() => {
    rmSync(home, { recursive: true });
  });

  /** This Node, and the machine's own where that is another. */
  function nodes(): readonly string[] {
    const path = (process.env['PATH'] ?? '')
      .split(':')
      .filter((folder) => !folder.includes('node_modules'));
    const found = path
      .map((folder) => join(folder, 'node'))
      .find((file) => statSync(file, { throwIfNoEntry: false }));
    return found === undefined ? [process.execPath] : [process.execPath, found];
  }

  it('is small, and nothing but two libraries comes with it', () => {
    expect(statSync(tarball).size).toBeLessThan(MAX_PACKED);
    const modules = join(app, 'node_modules');
    const installed = readdirSync(modules).filter((name) => !name.startsWith('.'));
    expect(installed.toSorted()).toEqual(['@stepfit', ...NOT_OPTIONAL]);
    expect(readdirSync(join(modules, '@stepfit'))).toEqual(['sdk-plugin']);
    const bytes = readdirSync(modules, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(modules, name)))
      .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
    expect(bytes).toBeLessThan(MAX_INSTALLED);
  });

  it('depends on nothing of the server', () => {
    const folder = join(app, 'node_modules/@stepfit/sdk-plugin');
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      dependencies: object;
      optionalDependencies: object;
      private?: boolean;
    };
    expect(Object.keys(manifest.dependencies)).toEqual(['pidusage', 'systeminformation']);
    expect(Object.keys(manifest.optionalDependencies)).toEqual(['koffi']);
    expect(manifest.private).toBeUndefined();
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.js'),
    );
    expect(sources.length).toBeGreaterThan(30);
    const imports = sources.flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return [...text.matchAll(/(?:from|import) ?\(?'([^'.][^']*)'/g)].map(
        (found) => found[1] ?? '',
      );
    });
    const foreign = new Set(imports.filter((name) => !name.startsWith('node:')));
    expect([...foreign].toSorted()).toEqual([
      '@opentelemetry/api',
      'koffi',
      'pidusage',
      'systeminformation',
    ]);
  });

  it('runs a command, on each Node of this machine', () => {
    for (const node of nodes()) {
      const bin = join(app, 'node_modules/.bin/stepfit');
      const command = [
        'run',
        '--flow',
        'F',
        '--step',
        'S',
        '--memory',
        '1GiB',
        '--',
        'sh',
        '-c',
        'echo out; exit 6',
      ];
      const { status, stdout, stderr } = spawnSync(bin, command, {
        ...ALONE,
        env: {
          PATH: `${dirname(node)}:/usr/bin:/bin`,
          HOME: home,
          STEPFIT_NODE: node,
          STEPFIT_URL: NOBODY,
        },
      });
      expect([status, stdout], `${node}\n${stderr}`).toEqual([6, 'out\n']);
      expect(stderr).toMatch(/^stepfit: F\/S {2}peak .*cores on average\n$/);
    }
    expect(readdirSync(join(home, '.stepfit/spool'))).toHaveLength(1);
  });

  it('signals nobody for a tool that cannot be started, on each Node of this machine', () => {
    const bin = join(home, 'tools');
    mkdirSync(bin);
    writeFileSync(join(bin, 'nvidia-smi'), '#!/no/such/interpreter\n', { mode: 0o755 });
    const program = join(app, 'watch.js');
    writeFileSync(
      program,
      `import { GpuWatch } from '@stepfit/sdk-plugin/readers/gpu-watch';
       new GpuWatch({ env: { PATH: process.argv[2] }, say: (text) => console.log(text) }).stop();
       process.on('exit', () => console.log('alive'));`,
    );
    for (const node of nodes()) {
      const { stdout, signal } = spawnSync(node, [program, bin], ALONE);
      expect([signal, stdout]).toEqual([
        null,
        expect.stringMatching(/^nvidia-smi cannot be run.*\nalive\n$/),
      ]);
    }
  });

  it('measures a step of a program, on each Node of this machine', () => {
    const program = join(app, 'program.js');
    writeFileSync(
      program,
      `import { createStepfit } from '@stepfit/sdk-plugin';
       const stepfit = createStepfit();
       console.log(await stepfit.step({ flow: 'F', step: 'S' }, async () => 'value'));
       await stepfit.flush();`,
    );
    for (const node of nodes()) {
      const spool = join(home, `spool-${nodes().indexOf(node)}`);
      const env = { PATH: '/usr/bin:/bin', HOME: home, STEPFIT_URL: NOBODY, STEPFIT_SPOOL: spool };
      const { status, stdout, stderr } = spawnSync(node, [program], { ...ALONE, env });
      expect([status, stdout], stderr).toEqual([0, 'value\n']);
      const spooled = readdirSync(spool, { recursive: true, encoding: 'utf8' });
      expect(spooled.some((name) => name.endsWith('.traces.ready'))).toBe(true);
    }
  });
});
