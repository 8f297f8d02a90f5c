import { join } from 'node:path';

import type { Comparison } from '@stepfit/api/http/schemas/comparison';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { onEachStore } from '../../support/database.ts';
import { seededNormal } from '../../tuner/support/random.ts';
import { type FakeForge, startFakeForge } from '../ci/fake-forge.ts';
import { type FlowCheckout, makeFlowCheckout } from '../support/flow-checkout.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

const MINUTE_MS = 60_000;
const BRANCHES = 10;
const STEPS = ['start', 'load', 'train', 'end'] as const;

/** What a step needs on the base: MiB and cores. */
const NEEDS = { start: [120, 0.2], load: [700, 0.9], train: [2100, 1.7], end: [90, 0.1] } as const;

onEachStore((store, kind) => {
  const normal = seededNormal(7);
  let checkout: FlowCheckout;
  let served: ServedApp;
  let url: string;
  let forge: FakeForge;

  async function cli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliResult> {
    return runCli(['ci', ...args], { STEPFIT_URL: url, ...env }, checkout.folder);
  }

  /** Sends a run of the flow as a sampler would; `train` needs `factor` times what it does on the base. */
  async function run(branch: string, number: number, factor = 1): Promise<void> {
    for (const step of STEPS) {
      const [needMiB, cores] = NEEDS[step];
      const grown = step === 'train' ? factor : 1;
      await served.ingest({
        flow: 'TrainFlow',
        step,
        run: `${branch}-${number}`,
        branch,
        startMs: Date.now() - (600 - number) * MINUTE_MS,
        peakMiB: Math.round(needMiB * grown * Math.exp(0.03 * normal())),
        cores: cores * Math.exp(0.08 * normal()),
        // Where nothing is asked for, nothing is suggested.
        backend: step === 'train' ? 'batch' : 'local',
        ...(step === 'train' && {
          declaredDecorators: JSON.stringify([
            { name: 'resources', attributes: { cpu: 8, memory: 16_000 } },
          ]),
          requestCpuCores: 8,
          requestMemoryMiB: 16_000,
        }),
        outcome: 'succeeded',
      });
    }
  }

  /** Steps and figures that grew. */
  async function grown(branch: string): Promise<string[]> {
    const answer = await served.get(
      `/api/v1/flows/TrainFlow/comparison?headBranch=${branch}&baseBranch=main`,
    );
    return answer
      .json<Comparison>()
      .steps.flatMap(({ step, figures }) =>
        figures
          .filter(({ verdict }) => verdict === 'grew' || verdict === 'shrank')
          .map(({ figure }) => `${step} ${figure}`),
      );
  }

  beforeAll(async () => {
    served = await serveApp(store());
    url = await served.app.listen({ port: 0, host: '127.0.0.1' });
    forge = await startFakeForge('github');
    for (let number = 0; number < 20; number += 1) await run('main', number);
    for (let branch = 0; branch < BRANCHES; branch += 1) {
      for (let number = 20; number < 23; number += 1) {
        await run(`same-${branch}`, number);
        await run(`hungry-${branch}`, number, 1.3);
      }
    }
    await served.settleAndTune();

    checkout = makeFlowCheckout();
  });

  afterAll(async () => {
    await served.close();
    await forge.close();
    checkout.remove();
  });

  it('flags the step that holds more memory, ten times of ten, and no other', async () => {
    for (let branch = 0; branch < BRANCHES; branch += 1) {
      const found = await grown(`hungry-${branch}`);
      expect(found).toContain('train peakMemoryMiB');
      expect(found.filter((one) => !one.startsWith('train '))).toEqual([]);
    }
  });

  it('flags nothing on ten branches that do not differ', async () => {
    for (let branch = 0; branch < BRANCHES; branch += 1) {
      expect(await grown(`same-${branch}`)).toEqual([]);
    }
  });

  // What the command makes of the answers is the same on both.
  if (kind === 'postgres') return;

  it('tells a reviewer where, fails only where asked to, and writes what tools read', async () => {
    const files = ['out.sarif', 'out.xml', 'out.json', 'out.md'];
    const plain = await cli(['--head', 'hungry-0']);
    const outputs = ['--sarif', 'out.sarif', '--junit', 'out.xml', '--code-quality', 'out.json'];
    const strict = await cli([
      '--head',
      'hungry-0',
      '--fail-on',
      'regression',
      '--markdown',
      'out.md',
      ...outputs,
    ]);
    const same = await cli(['--head', 'same-0', '--fail-on', 'regression', '--json']);

    expect([plain.code, strict.code, same.code]).toEqual([0, 1, 0]);
    expect(plain.stdout).toMatch(
      /train\.py:13: TrainFlow\/train: peak memory .* GiB → .* GiB \(\+[23]\d %\)/,
    );
    for (const name of files) {
      expect(checkout.read(name)).toContain('TrainFlow/train: peak memory');
    }
    expect(JSON.parse(same.stdout)).toMatchObject({ isFailure: false });
  });

  it('annotates and comments on GitHub, once', async () => {
    const summary = join(checkout.folder, 'summary.md');
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_API_URL: forge.apiUrl,
      GITHUB_REPOSITORY: 'acme/flows',
      GITHUB_TOKEN: 'secret',
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_HEAD_REF: 'hungry-1',
      GITHUB_BASE_REF: 'main',
      GITHUB_STEP_SUMMARY: summary,
    };

    const first = await cli(['--comment'], env);
    const second = await cli(['--comment'], { ...env, GITHUB_HEAD_REF: 'same-1' });

    expect([first.code, second.code], first.stderr).toEqual([0, 0]);
    expect(first.stdout).toMatch(/^::warning file=train.py,line=13,/m);
    expect(checkout.read('summary.md')).toContain('1 step got hungrier');
    expect(forge.state.comments).toHaveLength(1);
    expect(forge.state.comments[0]?.body).toContain('no step got hungrier');
    expect(second.stderr).toContain('updated');
  });

  it('asks for what it cannot know', async () => {
    const comment = await cli(['--comment', '--head', 'same-0']);
    const nobody = await cli(['--head', 'nobody-ran-this']);
    const wrong = await cli(['--fail-on', 'everything']);

    expect(comment.code).toBe(2);
    expect(comment.stderr).toContain('GITHUB_TOKEN');
    expect(nobody.code).toBe(0);
    expect(nobody.stdout).toContain('TrainFlow  not run on this branch');
    expect(wrong.code).toBe(2);
  });
});
