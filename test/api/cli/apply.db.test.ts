import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { openTestStore, type TestStore } from '../../support/database.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

const MINUTE_MS = 60_000;

const FLOW = `from metaflow import FlowSpec, resources, step


class TrainFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.train)

    @resources(cpu=8, memory=16_000)  # grown over time
    @step
    def train(self):
        self.next(self.end)

    @step
    def end(self):
        pass
`;

// One store is enough: what is tested is what becomes of suggestions in files.
describe('stepfit apply', () => {
  let store: TestStore;
  let folder: string;
  let served: ServedApp;
  let url: string;

  async function cli(...args: string[]): Promise<CliResult> {
    return runCli(['apply', ...args], { STEPFIT_URL: url }, folder);
  }

  beforeAll(async () => {
    store = await openTestStore('pglite');
    served = await serveApp(store);
    url = await served.app.listen({ port: 0, host: '127.0.0.1' });
    const startMs = Date.now() - 600 * MINUTE_MS;
    for (let run = 0; run < 40; run += 1) {
      await served.ingest({
        flow: 'TrainFlow',
        step: 'train',
        run: `run-${run}`,
        startMs: startMs + run * 2 * MINUTE_MS,
        peakMiB: 900 + ((run * 37) % 60),
        cores: 1.7,
        backend: 'batch',
        declaredCpuCores: 8,
        declaredMemoryMiB: 16_000,
        declaredDecorators: JSON.stringify([
          { name: 'resources', attributes: { cpu: 8, memory: 16_000 } },
        ]),
        requestCpuCores: 8,
        requestMemoryMiB: 16_000,
        outcome: 'succeeded',
      });
    }
    await served.settleAndTune();
  });

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'stepfit-apply-')));
    mkdirSync(join(folder, 'flows'));
    writeFileSync(join(folder, 'flows', 'train.py'), FLOW);
    return () => {
      rmSync(folder, { recursive: true, force: true });
    };
  });

  afterAll(async () => {
    await served.close();
    await store.close();
  });

  function source(): string {
    return readFileSync(join(folder, 'flows', 'train.py'), 'utf8');
  }

  it('prints the diff, which git applies, and writes nothing', async () => {
    const { code, stdout, stderr } = await cli();

    expect(code).toBe(0);
    expect(stdout).toContain('--- a/flows/train.py');
    expect(stdout).toMatch(/\+ {4}@resources\(cpu=2, memory=\d_\d{3}\) {2}# grown over time/);
    expect(stderr).toContain('TrainFlow/train');
    expect(stderr).toContain('proof  0 of ');
    expect(stderr).toContain('1 step in 1 file would be written.');
    expect(source()).toBe(FLOW);
    execFileSync('git', ['apply', '-'], { cwd: folder, input: stdout });
    const applied = source();
    writeFileSync(join(folder, 'flows', 'train.py'), FLOW);
    await cli('--write');
    expect(source()).toBe(applied);
  });

  it('writes through a link, with the mode of the file, and then has nothing to do', async () => {
    const path = join(folder, 'flows', 'train.py');
    chmodSync(path, 0o775);
    symlinkSync(path, join(folder, 'linked.py'));

    const first = await cli('--write', '--as', 'ada', 'linked.py');
    const after = await cli('--accepted-only', '--json', 'flows');
    const second = await cli('--write', '--check', 'flows');
    const check = await cli('--check', 'flows');

    expect(first.code).toBe(0);
    // Taking it is accepting it.
    expect(JSON.parse(after.stdout)).toMatchObject({ steps: [{ kind: 'unchanged' }] });
    expect(source()).toMatch(/@resources\(cpu=2, memory=\d_\d{3}\) {2}# grown over time/);
    expect(source().replace(/cpu=2, memory=\d_\d{3}/, 'cpu=8, memory=16_000')).toBe(FLOW);
    expect(statSync(path).mode & 0o777).toBe(0o775);
    expect(second.code).toBe(2);
    expect(check.code).toBe(0);
    expect(check.stderr).toContain('asks for it already');
  });

  it('says by its exit code that something would change', async () => {
    const check = await cli('--check');
    const other = await cli('--check', '--step', 'TrainFlow/start');
    const dear = await cli('--check', '--min-saving', '1000');

    expect([check.code, other.code, dear.code]).toEqual([1, 0, 0]);
    expect(source()).toBe(FLOW);
  });

  it('explains what it leaves alone', async () => {
    writeFileSync(join(folder, 'flows', 'train.py'), FLOW.replace('16_000', 'MEMORY'));
    writeFileSync(join(folder, 'flows', 'latin.py'), Buffer.from('# metaflow \xe9', 'latin1'));

    const { code, stdout, stderr } = await cli();

    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('TrainFlow/train  left alone [computed]');
    expect(stderr).toContain('flows/train.py:9: memory=MEMORY is an expression');
    expect(stderr).toContain('flows/latin.py is not UTF-8');
  });

  it('writes a Config that keeps what else the file says', async () => {
    const file = join(folder, 'sizes.json');
    writeFileSync(file, '{"TrainFlow": {"train": {"memory": 1, "queue": "q"}}, "team": "a"}');

    const { code, stdout } = await cli('--config-out', 'sizes.json');

    expect(code).toBe(0);
    const content = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    const memory = expect.any(Number) as number;
    expect(content).toEqual({ TrainFlow: { train: { memory, queue: 'q', cpu: 2 } }, team: 'a' });
    expect(stdout).toContain('config_expr("stepfit.TrainFlow.train.memory")');
    expect(source()).toBe(FLOW);
  });

  it('gives a line for runs of sources that stay', async () => {
    const { stdout, stderr } = await cli('--with');

    expect(stderr).toContain('One size for all steps');
    expect(stdout).toMatch(/^TrainFlow: --with 'batch:cpu=2,memory=\d+'$/m);
  });

  it('gives programs everything as JSON', async () => {
    const { stdout } = await cli('--json');

    expect(JSON.parse(stdout)).toMatchObject({
      isWritten: false,
      files: [{ path: 'flows/train.py' }],
      steps: [{ flow: 'TrainFlow', step: 'train', kind: 'changed', line: 11 }],
    });
  });
});
