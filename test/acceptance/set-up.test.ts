import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { copyCheckout, type Finished, freePort, ROOT, runToEnd } from '../support/product.ts';

/** What a newcomer reads when the machine lacks something: one sentence, and what to do. */
describe('setting up where something is missing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepfit-setup-'));
  const clone = join(folder, 'clone');

  beforeAll(async () => {
    await runToEnd('mkdir', [clone]);
    await copyCheckout(clone);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function fakePython(script: string): string {
    const path = join(folder, 'python3');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  async function makePythonEnvironment(env: NodeJS.ProcessEnv): Promise<Finished> {
    return runToEnd(process.execPath, ['api/setup/python.mjs'], {
      cwd: clone,
      env: { ...process.env, ...env },
    });
  }

  it('names the package of a Python that cannot make environments', async () => {
    const python = fakePython(
      'case "$1" in -c) echo 3.11;; *) echo "ensurepip is not available" >&2; exit 1;; esac',
    );

    const { status, output } = await makePythonEnvironment({ STEPFIT_PYTHON: python });

    expect(status).toBe(1);
    expect(output).toContain('cannot make virtual environments');
    expect(output).toContain('apt-get install python3-venv');
  });

  it('names the version of a Python that is too old', async () => {
    const { status, output } = await makePythonEnvironment({
      STEPFIT_PYTHON: fakePython('echo 3.6'),
    });

    expect(status).toBe(1);
    expect(output).toContain('is Python 3.6, but 3.9 or newer is needed');
  });

  it('says that the package index cannot be reached, before anything runs', async () => {
    const { status, output } = await runToEnd(
      'npm',
      ['run', '--silent', 'quickstart', '--', '--exit', '--port', String(await freePort())],
      {
        cwd: clone,
        env: {
          ...process.env,
          npm_config_registry: 'http://127.0.0.1:9',
          npm_config_cache: join(folder, 'cache'),
          npm_config_fetch_retries: '0',
        },
      },
    );

    expect(status).toBe(1);
    expect(output).toContain('npm ci failed because the package index could not be reached');
    expect(output).toContain('Check the network');
    expect(output).not.toContain('[3/6]');
  });

  it('says that the disk is full', async () => {
    const { status, output } = await runToEnd(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { explainFailure } from ${JSON.stringify(join(ROOT, 'api/setup/install.mjs'))};
       explainFailure('npm ci', 'npm error code ENOSPC\\nnpm error nospc no space left on device');`,
    ]);

    expect(status).toBe(1);
    expect(output).toContain('npm ci failed because the disk is full');
    expect(output).toContain('Free about 2 GB');
  });
});
