import { execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { openStore, type Store } from '@stepfit/collector/db/open-store';
import type { AttemptTable } from '@stepfit/collector/db/tables';
import type { Selectable } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type CollectorServer, startCollectorServer } from '../../support/collector-server.ts';
import { ROOT } from '../../support/product.ts';
import { silentLog } from '../../support/silent-log.ts';
import { type Ended, ended, LAUNCHER, NOBODY } from './support/run-stepfit.ts';
import { fillIn, readWorkflow, type WorkflowFile } from './support/workflow-file.ts';

const EXAMPLES = join(ROOT, 'sdk-plugin/examples');
const JOB = 'train';

describe('the examples, run as they are', () => {
  let home: string;
  let store: Store;
  let collector: CollectorServer;
  let attempts: readonly Selectable<AttemptTable>[];
  let pipeline: Ended;
  let job: readonly Ended[];

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'stepfit-examples-'));
    store = await openStore({ dataDir: join(home, 'data'), log: silentLog });
    collector = await startCollectorServer(store);
    [pipeline, job] = await Promise.all([runPipeline(), runJob(collector.url), runProgram()]);
    attempts = await store.db.selectFrom('attempt').selectAll().orderBy('started_at').execute();
  }, 120_000);

  afterAll(async () => {
    await collector.close();
    await store.close();
    rmSync(home, { recursive: true });
  });

  /** A folder of commands in front of the machine's own: `stepfit`, this Node, and others by their paths. */
  function makePath(name: string, commands: Readonly<Record<string, string>>): string {
    const folder = join(home, name);
    mkdirSync(folder);
    for (const [command, target] of Object.entries({ node: process.execPath, ...commands })) {
      symlinkSync(target, join(folder, command));
    }
    return `${folder}:${process.env['PATH'] ?? ''}`;
  }

  async function runPipeline(): Promise<Ended> {
    const env = {
      PATH: makePath('pipeline', { stepfit: LAUNCHER }),
      HOME: home,
      STEPFIT_URL: collector.url,
    };
    return ended(spawn(join(EXAMPLES, 'shell-pipeline/pipeline.sh'), ['20000'], { env }));
  }

  async function runProgram(): Promise<void> {
    await promisify(execFile)(process.execPath, [join(EXAMPLES, 'node-program/program.mjs')], {
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      },
    });
  }

  /**
   * Runs the job's scripts as a runner does: each by `bash -e` in the workspace, with GitHub's default environment
   * variables, until one fails. npm stands for the registry: it puts `stepfit` into the path when it is told to.
   */
  async function runJob(
    url: string,
    makefile = 'all:\n\t@echo built\n',
  ): Promise<readonly Ended[]> {
    const workflow = readWorkflow(join(EXAMPLES, 'github-actions/measured-job.yml'));
    const place = mkdtempSync(join(home, 'runner-'));
    const workspace = join(place, 'work');
    mkdirSync(join(workspace, 'data'), { recursive: true });
    writeFileSync(join(workspace, 'Makefile'), makefile);
    writeFileSync(
      join(workspace, 'train.py'),
      'import sys; print(len(open(sys.argv[1]).read()))\n',
    );
    writeFileSync(join(workspace, 'data/train.csv'), 'a,b\n1,2\n3,4\n');
    const path = makePath(`${basename(place)}-bin`, {
      npm: writeNpm(join(place, 'npm')),
      python: '/usr/bin/python3',
    });
    const env = {
      ...runnerEnv(workflow, url),
      PATH: path,
      HOME: place,
      GITHUB_WORKSPACE: workspace,
    };
    const results: Ended[] = [];
    for (const step of workflow.jobs[JOB]?.steps ?? []) {
      if (!('run' in step)) continue;
      const script = join(place, 'script.sh');
      writeFileSync(script, step.run);
      const result = await ended(spawn('bash', ['-e', script], { cwd: workspace, env }));
      results.push(result);
      if (result.code !== 0) break;
    }
    return results;
  }

  function writeNpm(file: string): string {
    const install = `[ "$*" = 'install --global @stepfit/sdk-plugin' ]`;
    writeFileSync(file, `#!/bin/sh\n${install} && ln -s ${LAUNCHER} "\${PATH%%:*}/stepfit"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  function runnerEnv(workflow: WorkflowFile, url: string): NodeJS.ProcessEnv {
    const values = { 'vars.STEPFIT_URL': url, 'secrets.STEPFIT_TOKEN': '' };
    const own = Object.entries(workflow.jobs[JOB]?.env ?? {});
    return {
      ...Object.fromEntries(own.map(([name, text]) => [name, fillIn(text, values)])),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKFLOW: workflow.name,
      GITHUB_JOB: JOB,
      GITHUB_RUN_ID: '1658821493',
      GITHUB_RUN_NUMBER: '3',
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_REPOSITORY: 'octocat/hello-world',
      GITHUB_SHA: 'ffac537e6cbbf934b08745a378932722df287a53',
      RUNNER_OS: 'Linux',
    };
  }

  function of(flow: string, run?: string): readonly Selectable<AttemptTable>[] {
    return attempts.filter((row) => row.flow === flow && (run === undefined || row.run === run));
  }

  it('the shell pipeline prints what it always did, and its three steps are one run', () => {
    expect([pipeline.code, pipeline.stdout.trim().split('\n').length]).toEqual([0, 5]);
    expect(pipeline.stdout).toMatch(/^ +\d+ word\d+\n/);
    const steps = of('words');
    expect(steps.map(({ step, request_memory_mib }) => [step, request_memory_mib])).toEqual([
      ['make', 512],
      ['count', 1024],
      ['top', 256],
    ]);
    expect(new Set(steps.map(({ run }) => run)).size).toBe(1);
    for (const { outcome, features } of steps) {
      expect([outcome, features]).toEqual(['succeeded', { rows: 20_000 }]);
    }
  });

  it('a job of GitHub Actions runs to its end, measured under its own names', () => {
    expect(job.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, ''],
      [0, 'built\n'],
      [0, '12\n'],
    ]);
    const steps = of('nightly', '1658821493');
    expect(
      steps.map((row) => [row.step, row.outcome, row.request_cpu_cores, row.request_memory_mib]),
    ).toEqual([
      ['build', 'succeeded', 4, 16_384],
      ['train', 'succeeded', 4, 16_384],
    ]);
    expect(steps.map(({ features }) => features)).toEqual([{}, { rows: 3 }]);
    // Two commands of one job, run for the second time: neither is the other's retry.
    expect(steps.map(({ attempt }) => attempt)).toEqual([0, 0]);
    expect(new Set(steps.map(({ task }) => task)).size).toBe(2);
  });

  it('a job that fails while the server is away fails alike, and leaves what its cache step saves', async () => {
    const results = await runJob(NOBODY, 'all:\n\t@exit 3\n');
    expect(results.map(({ code }) => code)).toEqual([0, 2]);
    const workflow = readWorkflow(join(EXAMPLES, 'github-actions/measured-job.yml'));
    const last = workflow.jobs[JOB]?.steps.at(-1);
    expect(last).toMatchObject({ if: 'always()', with: { path: '~/.stepfit/spool' } });
    const runners = readdirSync(home).filter((name) => /^runner-\w+$/.test(name));
    const spooled = runners.flatMap((name) =>
      readdirSync(join(home, name), { recursive: true, encoding: 'utf8' }),
    );
    expect(spooled.filter((name) => name.endsWith('.traces.ready')).map(dirname)).toEqual([
      expect.stringMatching(/^\.stepfit\/spool\//),
    ]);
  });

  it('a program with an OpenTelemetry SDK of its own reports through that', async () => {
    const steps = attempts.filter(({ step }) => ['sort', 'compress'].includes(step));
    expect(
      steps.map(({ flow, step, outcome, features }) => [flow, step, outcome, features]),
    ).toEqual([
      ['nightly', 'sort', 'succeeded', { rows: 4_000_000 }],
      ['nightly', 'compress', 'succeeded', {}],
    ]);
    expect(new Set(steps.map(({ run }) => run)).size).toBe(1);
    expect(steps.map(({ request_memory_mib }) => request_memory_mib)).toEqual([2048, 512]);
    const [sort, compress] = steps;
    expect(sort?.peak_memory_mib).toBeGreaterThan(100);
    expect(compress?.cpu_seconds).toBeGreaterThan(0.2);
    const chunks = await store.db
      .selectFrom('usage_chunk')
      .select('metric')
      .where('attempt_id', '=', sort?.attempt_id ?? '')
      .execute();
    expect(chunks.map(({ metric }) => metric)).toContain('process.memory.usage');
  });
});
