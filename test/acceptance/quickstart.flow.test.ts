import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  copyCheckout,
  type Finished,
  freePort,
  runToEnd,
  serveProduct,
  type ServedProduct,
} from '../support/product.ts';

const FLOW = 'OverProvisionedFlow';

/** The README's first command on a clean clone, from nothing: npm, PyPI, Metaflow, PGlite, all of it real. */
describe('npm run quickstart -- --exit on a clean clone', () => {
  const clone = mkdtempSync(join(tmpdir(), 'stepfit-clone-'));
  const marksDir = join(clone, '.stepfit', 'marks');
  const env = { ...process.env, STEPFIT_MARKS_DIR: marksDir };
  let first: Finished;
  let second: Finished;
  let again: Finished;

  beforeAll(async () => {
    await copyCheckout(clone);
    mkdirSync(marksDir, { recursive: true });
    const port = await freePort();

    const running = quickstart(clone, ['--exit', '--port', String(port)], env);
    while (!existsSync(join(clone, '.stepfit', 'quickstart.pid'))) await sleep(50);
    second = await quickstart(clone, ['--exit', '--port', String(await freePort())], env);
    first = await running;
    again = await quickstart(clone, ['--exit', '--port', String(port)], env);
  }, 900_000);

  afterAll(() => {
    rmSync(clone, { recursive: true, force: true });
  });

  it('announces each stage and succeeds', () => {
    expect(first.status, first.output).toBe(0);

    for (let stage = 1; stage <= 6; stage += 1) expect(first.output).toContain(`[${stage}/6]`);
    expect(first.output).toContain('run 5 of 5');
  });

  it('prints the report, worst first, in GiB-hours and money', () => {
    const header = /^STEP .*GiB-h +USD/m.exec(first.output);
    const wasted = [...first.output.matchAll(/^(\w+) +\d+ .* (\d+\.\d+|0) {2}\S+$/gm)];
    const amounts = wasted.map(([, , usd]) => Number(usd));

    expect(header).not.toBeNull();
    expect(wasted.length).toBe(9);
    expect(amounts).toEqual(amounts.toSorted((a, b) => b - a));
  });

  it('prints the exact decorator line for each step that should change', () => {
    for (const line of [/@resources\(.*cpu=1.*\)/, /@resources\(.*memory=\d+.*\)/]) {
      expect(first.output).toMatch(line);
    }
    expect(first.output).toMatch(/0 of 5\b/);
  });

  it('leaves the step alone that is sized right, and says why', () => {
    expect(first.output).toMatch(/archive[\s\S]{0,200}within/);
  });

  it('says that a quickstart is already running to a second copy', () => {
    expect(second.status).toBe(1);
    expect(second.output).toContain('already running');
  });

  it('reuses what is there when it runs again', () => {
    expect(again.status, again.output).toBe(0);
    expect(again.output).toContain('5 runs are in the store already');
    expect(again.output).not.toContain('npm ci');
  });

  describe('what it stored', () => {
    let product: ServedProduct;
    beforeAll(async () => {
      product = await serveProduct({
        port: await freePort(),
        dataDir: join(clone, '.stepfit', 'data'),
      });
    });
    afterAll(async () => {
      await product.stop();
    });

    it('has peaks within 3 % of the kernel’s own marks, the one that comes while persisting included', async () => {
      const peaks = await newestRunPeaks(product.url);
      const compared = [...peaks].map(([name, peakMiB]) => ({
        name,
        error: peakMiB / (kernelMarkBytes(marksDir, name) / 1024 ** 2) - 1,
      }));

      expect(compared.map(({ name }) => name.split('-')[0])).toContain('export_keys');
      for (const { name, error } of compared) expect(Math.abs(error), name).toBeLessThan(0.03);
    });

    it('has a dashboard and a report file that ask no other host for anything', async () => {
      const page = await (await fetch(`${product.url}/`)).text();
      const report = await (await fetch(`${product.url}/api/v1/report.html`)).text();

      expect(page).toContain('<script type="module"');
      expect(report).toContain('index_orders');
      for (const html of [page, report]) expect(html).not.toMatch(/(?:src|href)="https?:/);
    });
  });

  /** Steps whose memory is one process’s, by step, task and attempt; `count_primes` works in children. */
  async function newestRunPeaks(url: string): Promise<Map<string, number>> {
    const { attempts } = (await (
      await fetch(`${url}/api/v1/attempts?flow=${FLOW}&limit=200`)
    ).json()) as {
      attempts: {
        run: string;
        step: string;
        task: string;
        attempt: number;
        peakMemoryMiB: number;
      }[];
    };
    const newest = attempts[0]?.run;
    return new Map(
      attempts
        .filter(({ run, step }) => run === newest && step !== 'count_primes')
        .map(({ step, task, attempt, peakMemoryMiB }) => [
          `${step}-${task}-${attempt}`,
          peakMemoryMiB,
        ]),
    );
  }
});

describe('npm run quickstart when something is in the way', () => {
  it('names a busy port, and another to try', async () => {
    const clone = mkdtempSync(join(tmpdir(), 'stepfit-clone-'));
    await copyCheckout(clone);
    const blocker = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => {
      blocker.listen(port, '127.0.0.1', resolve);
    });

    const { status, output } = await quickstart(
      clone,
      ['--exit', '--port', String(port)],
      process.env,
    );
    blocker.close();
    rmSync(clone, { recursive: true, force: true });

    expect(status).toBe(1);
    expect(output).toContain(`port ${port} is in use`);
    expect(output).toContain(`--port ${port + 1}`);
  });

  it('explains an option that does not exist', async () => {
    const child = spawn(process.execPath, ['api/setup/quickstart.mjs', '--nonsense'], {
      cwd: join(import.meta.dirname, '..', '..'),
      stdio: 'ignore',
    });
    const status = await new Promise((resolve) => child.once('exit', resolve));

    expect(status).toBe(2);
  });
});

async function quickstart(
  clone: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Finished> {
  return runToEnd('npm', ['run', '--silent', 'quickstart', '--', ...args], { cwd: clone, env });
}

/** The kernel’s own high-water mark of one task, as the flow itself read it after everything was stored. */
function kernelMarkBytes(marksDir: string, name: string): number {
  const file = readdirSync(marksDir).find((candidate) => candidate === `${name}.json`);
  if (file === undefined) throw new Error(`the flow left no mark for ${name}`);
  const marks = JSON.parse(readFileSync(join(marksDir, file), 'utf8')) as { vm_hwm_bytes: number };
  return marks.vm_hwm_bytes;
}
