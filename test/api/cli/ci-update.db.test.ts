import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openTestStore, type TestStore } from '../../support/database.ts';
import { type FakeForge, startFakeForge } from '../ci/fake-forge.ts';
import { type FlowCheckout, makeFlowCheckout } from '../support/flow-checkout.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

const MINUTE_MS = 60_000;

// One store is enough: what is tested is what becomes of suggestions in git and on the code host.
describe('tuned values as commits', () => {
  let store: TestStore;
  let served: ServedApp;
  let url: string;
  let forge: FakeForge;
  let checkout: FlowCheckout;

  async function cli(...args: readonly string[]): Promise<CliResult> {
    const env = {
      STEPFIT_URL: url,
      GITHUB_API_URL: forge.apiUrl,
      GITHUB_REPOSITORY: 'acme/flows',
      GITHUB_TOKEN: 'secret',
    };
    return runCli(['ci', '--base', 'main', ...args], env, checkout.folder);
  }

  beforeAll(async () => {
    store = await openTestStore('pglite');
    served = await serveApp(store);
    url = await served.app.listen({ port: 0, host: '127.0.0.1' });
    forge = await startFakeForge('github');
    for (let run = 0; run < 40; run += 1) {
      await served.ingest({
        flow: 'TrainFlow',
        step: 'train',
        run: `run-${run}`,
        startMs: Date.now() - (600 - run) * MINUTE_MS,
        peakMiB: 2000 + ((run * 37) % 100),
        cores: 1.7,
        backend: 'batch',
        declaredDecorators: JSON.stringify([
          { name: 'resources', attributes: { cpu: 8, memory: 16_000 } },
        ]),
        requestCpuCores: 8,
        requestMemoryMiB: 16_000,
        outcome: 'succeeded',
      });
    }
    await served.settleAndTune();
    checkout = makeFlowCheckout();
  });

  afterAll(async () => {
    await served.close();
    await store.close();
    await forge.close();
    checkout.remove();
  });

  it('pushes a branch and opens one pull request for each flow, and leaves the checkout alone', async () => {
    const before = checkout.git('rev-parse', 'HEAD');

    const first = await cli('--pull-request');
    const pushed = checkout.git('ls-remote', 'origin', 'stepfit/TrainFlow').split('\t')[0];
    const second = await cli('--pull-request');

    expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
    expect(first.stdout).toContain('pull request opened');
    expect(second.stdout).toContain('pull request updated');
    expect(checkout.git('ls-remote', 'origin', 'stepfit/TrainFlow').split('\t')[0]).toBe(pushed);
    expect(checkout.git('rev-parse', 'HEAD')).toBe(before);
    expect(checkout.git('status', '--porcelain')).toBe('');
    expect(checkout.git('worktree', 'list').split('\n')).toHaveLength(1);
    checkout.git('fetch', '--quiet', 'origin');
    const diff = checkout.git('diff', '--unified=0', 'main', 'origin/stepfit/TrainFlow');
    expect(diff.split('\n').filter((line) => /^[+-] /.test(line))).toEqual([
      '-    @resources(cpu=8, memory=16000)',
      expect.stringMatching(/^\+ {4}@resources\(cpu=2, memory=\d+\)$/),
    ]);
    expect(forge.state.pulls).toMatchObject([
      { head: 'stepfit/TrainFlow', base: 'main', title: 'Right-size TrainFlow: train' },
    ]);
    expect(forge.state.pulls[0]?.body).toContain(
      'What these attempts would have met with other memory',
    );
  });

  it('brings the branch up to date when its base has moved', async () => {
    checkout.write('train.py', `# Moved.\n${checkout.read('train.py')}`);
    checkout.git('commit', '--quiet', '-am', 'Move');

    const { code, stderr } = await cli('--pull-request');

    expect(code, stderr).toBe(0);
    checkout.git('fetch', '--quiet', 'origin');
    expect(checkout.git('merge-base', 'HEAD', 'origin/stepfit/TrainFlow')).toBe(
      checkout.git('rev-parse', 'HEAD'),
    );
  });

  it('closes its pull request once nothing is left to change, says why, and leaves others’ alone', async () => {
    async function setMode(mode: string): Promise<void> {
      const args = ['policy', 'set', 'TrainFlow/train', `mode=${mode}`, '--as', 'ada'];
      const { code, stderr } = await runCli(args, { STEPFIT_URL: url }, checkout.folder);
      expect(code, stderr).toBe(0);
      await served.settleAndTune();
    }
    function branchTip(): string | undefined {
      return checkout.git('ls-remote', 'origin', 'stepfit/TrainFlow').split('\t')[0];
    }
    const byHand = { head: 'stepfit/TrainFlow-by-hand', base: 'main', title: 'Mine', body: '' };
    forge.state.pulls.push({ number: 99, ...byHand, isOpen: true });
    const opened = branchTip();

    // Somebody works on: what is theirs is neither pushed over nor closed.
    checkout.git('checkout', '--quiet', '-b', 'work', 'origin/stepfit/TrainFlow');
    checkout.git('commit', '--quiet', '--allow-empty', '-m', 'By hand');
    checkout.git('push', '--quiet', 'origin', 'work:stepfit/TrainFlow');
    checkout.git('checkout', '--quiet', 'main');
    const busy = await cli('--pull-request');
    await setMode('observe');
    const kept = await cli('--pull-request');
    expect(busy.stdout, busy.stderr).toContain('somebody else has pushed to it');
    expect(branchTip()).toBe(checkout.git('rev-parse', 'work'));
    expect(forge.state.pulls.map(({ isOpen }) => isOpen)).toEqual([true, true]);
    expect(kept.code, kept.stderr).toBe(0);

    checkout.git(
      'push',
      '--quiet',
      '--force',
      'origin',
      `${opened ?? ''}:refs/heads/stepfit/TrainFlow`,
    );
    const others = await cli('--pull-request', '--step', 'TrainFlow/load');
    expect(others.stdout).not.toContain('closed');
    const { code, stdout, stderr } = await cli('--pull-request');

    expect(code, stderr).toBe(0);
    expect(stdout).toContain('pull request closed, nothing is left to change for TrainFlow');
    expect(forge.state.pulls.map(({ title, isOpen }) => [title, isOpen])).toEqual([
      ['Right-size TrainFlow: train', false],
      ['Mine', true],
    ]);
    const comments = forge.state.comments.filter(({ on }) => on === 10);
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('- `train`: A policy lets this step be observed only.');
    expect(branchTip()).toBe('');
    await setMode('');
  });

  it('commits tuned values, by the proof, and nothing else that lies around', async () => {
    checkout.write('notes.txt', 'mine');
    checkout.git('add', 'notes.txt');

    checkout.write(
      'train.py',
      `${checkout.read('train.py')}
# Unfinished.
`,
    );
    const dirty = await cli('--update');
    checkout.git('checkout', '--quiet', 'train.py');
    const { code, stdout, stderr } = await cli('--update', '--as', 'bot');
    const again = await cli('--update');

    expect(dirty.code).toBe(1);
    expect(dirty.stderr).toContain('not committed: M train.py');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('1 flow of 1 changed.');
    expect(checkout.git('show', '--name-only', '--format=%s', 'HEAD').split('\n')).toEqual([
      'Right-size TrainFlow: train',
      '',
      'train.py',
    ]);
    expect(checkout.git('log', '-1', '--format=%b')).toContain('would have run out of memory');
    expect(checkout.git('status', '--porcelain')).toBe('A  notes.txt');
    expect(again.stdout).toContain('asks for it already');
    const answer = await served.get('/api/v1/suggestions?state=accepted');
    expect(answer.json<{ suggestions: unknown[] }>().suggestions).toMatchObject([
      { step: 'train' },
    ]);
  });
});
