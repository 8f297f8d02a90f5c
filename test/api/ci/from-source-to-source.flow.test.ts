import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Attempt, AttemptList } from '@stepfit/api/http/schemas/attempts';
import type { SuggestionList } from '@stepfit/api/http/schemas/suggestions';
import type { Ledger } from '@stepfit/tuner/model/ledger';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type FlowPlace, makeFlowPlace, severalAtOnce } from '../../support/metaflow-run.ts';
import { freePort, type ServedProduct, serveProduct, untilTuned } from '../../support/product.ts';
import { type CliResult, runCliProcess } from '../support/run-cli.ts';

/** Asks for 8 GB and holds some 60 MB more than Python itself. */
const FLOW = `from metaflow import FlowSpec, resources, step


class SourceFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.train)

    @resources(cpu=4, memory=8_000)  # by guess
    @step
    def train(self):
        held = bytearray(60 * 1024 * 1024)
        for at in range(0, len(held), 4096):
            held[at] = 1
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    SourceFlow()
`;

/** With two runs of a branch, ranks need thirteen of the base; with three, seven. */
const BASE_RUNS = 7;
const BRANCH_RUNS = 3;

/** Eleven runs of Metaflow on a machine that does other things too. */
const LONGEST_MS = 600_000;

describe('from a source to its next version', () => {
  let folder: string;
  let place: FlowPlace;
  let product: ServedProduct;
  let flow: string;

  function git(...args: string[]): string {
    return execFileSync('git', args, { cwd: place.workDir, encoding: 'utf8' }).trim();
  }

  async function runFlow(times: number): Promise<void> {
    const runs = await severalAtOnce(
      Array.from({ length: times }, (_, index) => index),
      async () => place.run(flow, product.url),
    );
    for (const { exitCode, output } of runs) expect(exitCode, output).toBe(0);
    await place.samplersEnded();
    await untilTuned(product.url);
  }

  async function stepfit(...args: string[]): Promise<CliResult> {
    return runCliProcess(args, { STEPFIT_URL: product.url }, place.workDir);
  }

  async function get<Body>(path: string): Promise<Body> {
    return (await (await fetch(`${product.url}/api/v1${path}`)).json()) as Body;
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stepfit-source-'));
    place = makeFlowPlace();
    flow = join(place.workDir, 'source_flow.py');
    product = await serveProduct({ port: await freePort(), dataDir: join(folder, 'data') });
    git('init', '--quiet', '-b', 'main');
    git('config', 'user.name', 'Ada');
    git('config', 'user.email', 'ada@example.org');
    writeFileSync(flow, FLOW);
    git('add', 'source_flow.py');
    git('commit', '--quiet', '-m', 'A flow');
    await runFlow(BASE_RUNS);
  }, LONGEST_MS);

  afterAll(async () => {
    await product.stop();
    place.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('commits tuned values, and the next run from that commit asks for them', async () => {
    const { code, stdout, stderr } = await stepfit('ci', '--update', '--step', 'SourceFlow/train');

    expect(code, stderr).toBe(0);
    expect(git('log', '-1', '--format=%s'), stdout).toBe('Right-size SourceFlow: train');
    expect(git('status', '--porcelain', '--untracked-files=no')).toBe('');
    const written = /@resources\(cpu=(\d+), memory=(\d_?\d*)\) {2}# by guess/.exec(
      readFileSync(flow, 'utf8'),
    );
    const [cpu, memory] = [written?.[1], written?.[2]].map((text) =>
      Number(text?.replaceAll('_', '')),
    );
    expect(memory).toBeLessThan(8000);
    expect(memory).toBeGreaterThanOrEqual(512);

    await runFlow(1);

    const { attempts } = await get<AttemptList>('/attempts?flow=SourceFlow&step=train&limit=1');
    expect(attempts[0]).toMatchObject({
      outcome: 'succeeded',
      declared: { cpuCores: cpu, memoryMiB: memory },
      request: { cpuCores: cpu, memoryMiB: memory },
    });
    const { suggestions } = await get<SuggestionList>(
      '/suggestions?flow=SourceFlow&step=train&state=applied',
    );
    expect(suggestions).toHaveLength(1);

    await expectLedger(attempts[0], suggestions[0]);
  });

  /** Of the one task with the new values: what its replay predicted, and what the old ones would have paid. */
  async function expectLedger(
    attempt: Attempt | undefined,
    suggestion: Suggestion | undefined,
  ): Promise<void> {
    if (attempt === undefined || suggestion === undefined) throw new Error('nothing was applied');
    const { suggestionId, effective, suggestedEffective, savings, evidence } = suggestion;
    const { stdout, stderr } = await stepfit('savings', '--json');
    const { entries, totals } = JSON.parse(stdout) as Ledger;
    const [entry] = entries;
    if (entry === undefined) throw new Error(stderr);

    expect(entries).toHaveLength(1);
    expect(entry).toMatchObject({
      suggestionId,
      flow: 'SourceFlow',
      step: 'train',
      state: 'applied',
      from: { cpuCores: 4, memoryMiB: 8000 },
      to: suggestedEffective,
      tasks: 1,
      runs: 1,
      retries: 0,
      retryCostUsd: 0,
      comparedTasks: BASE_RUNS,
    });
    expect(entry.predictedCostUsd).toBeCloseTo(
      (savings.costUsdPerRun * evidence.runs) / evidence.attempts,
      12,
    );
    expect(entry.predictedCostUsd).toBeGreaterThan(0);
    const hours = (attempt.durationMs ?? 0) / 3_600_000;
    const would = hours / entry.slowdownRatio;
    const { costUsd, gibHours, coreHours } = entry.realised;
    expect(coreHours.estimate).toBeCloseTo(
      (effective.cpuCores ?? 0) * would - (suggestedEffective.cpuCores ?? 0) * hours,
      12,
    );
    expect(gibHours.estimate).toBeCloseTo(
      ((effective.memoryMiB ?? 0) * would - (suggestedEffective.memoryMiB ?? 0) * hours) / 1024,
      12,
    );
    for (const { estimate, low, high } of [costUsd, gibHours, coreHours]) {
      expect(low).toBeLessThanOrEqual(estimate);
      expect(high).toBeGreaterThanOrEqual(estimate);
    }
    expect(totals.realised).toEqual(entry.realised);
    expect((await stepfit('savings')).stdout).toMatch(
      /^SourceFlow\/train .* 1 +0 +\$[\d.]+ +−?\$[\d.]+ +−?\$[\d.]+ to −?\$[\d.]+$/m,
    );
  }

  it('knows the commit and the branch of each attempt, by which ci compares: one step grew', async () => {
    git('checkout', '--quiet', '-b', 'hungry');
    writeFileSync(flow, readFileSync(flow, 'utf8').replace('60 * 1024', '100 * 1024'));
    git('commit', '--quiet', '-am', 'More layers');
    await runFlow(BRANCH_RUNS);

    const found = await stepfit('ci', '--base', 'main', '--json');

    expect(found.code, found.stderr).toBe(0);
    const { findings, flows } = JSON.parse(found.stdout) as {
      findings: { kind: string; step: string; figure?: string }[];
      flows: { comparison: { baseRuns: string[]; headRuns: string[] } }[];
    };
    expect(flows[0]?.comparison.baseRuns).toHaveLength(BASE_RUNS + 1);
    expect(flows[0]?.comparison.headRuns).toHaveLength(BRANCH_RUNS);
    const grown = findings.filter(({ kind }) => kind === 'regression');
    expect(grown).toContainEqual(
      expect.objectContaining({ step: 'train', figure: 'peakMemoryMiB' }),
    );
    expect(
      grown.filter(({ step, figure }) => step !== 'train' && figure === 'peakMemoryMiB'),
    ).toEqual([]);
    const strict = await stepfit('ci', '--base', 'main', '--fail-on', 'regression');
    expect(strict.code).toBe(1);
  });
});
