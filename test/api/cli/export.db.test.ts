import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { StepExplanation } from '@stepfit/api/http/schemas/steps';
import type { ReplayReport } from '@stepfit/api/replay/replay-report';
import { loadProjectFacts } from '@stepfit/tuner/history/load-project-facts';
import type { ProjectFacts } from '@stepfit/tuner/model/project-facts';
import { SuggestionBody } from '@stepfit/tuner/model/suggestion';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { onEachStore } from '../../support/database.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

const MINUTE_MS = 60_000;

/** JSON as text with keys in one order: the store keeps its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

/** The verdict as it was decided, without what storing adds to it. */
function verdictIn({ suggestion, skip }: StepExplanation): unknown {
  if (suggestion === undefined) return { kind: 'skip', ...skip };
  const decided = new Set(['strategy', ...Object.keys(SuggestionBody.properties)]);
  const body = Object.entries(suggestion).filter(([name]) => decided.has(name));
  return { kind: 'suggest', ...Object.fromEntries(body) };
}

onEachStore((store) => {
  let folder: string;
  let served: ServedApp;
  let url: string;

  async function cli(...args: string[]): Promise<CliResult> {
    return runCli(args, { STEPFIT_URL: url });
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stepfit-export-'));
    served = await serveApp(store());
    url = await served.app.listen({ port: 0, host: '127.0.0.1' });
    const startMs = Date.now() - 600 * MINUTE_MS;
    for (let run = 0; run < 40; run += 1) {
      for (const [step, peakMiB, cores] of [
        ['train', 900 + ((run * 37) % 60) + 0.123_456_789, 1.7],
        ['start', 90, 0.3],
      ] as const) {
        await served.ingest({
          flow: 'TrainFlow',
          run: `run-${run}`,
          step,
          task: `${step}-${run}`,
          startMs: startMs + run * 10 * MINUTE_MS,
          ...(step === 'train' && {
            declaredCpuCores: 8,
            declaredMemoryMiB: 16_384,
            declaredDecorators: JSON.stringify([
              { name: 'resources', attributes: { cpu: 8, memory: 16_384 } },
            ]),
            requestCpuCores: 8,
            requestMemoryMiB: 16_384,
          }),
          backend: 'local',
          peakMiB,
          cores,
          outcome: run % 13 === 12 ? 'failed' : 'succeeded',
        });
      }
    }
    await served.settleAndTune();
  });
  afterAll(async () => {
    await served.close();
    rmSync(folder, { recursive: true });
  });

  it('writes every attempt with its names, after a line with policy and prices for each step', async () => {
    const { code, stdout } = await cli('export');

    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; step: string });
    expect(code).toBe(0);
    expect(lines.filter(({ kind }) => kind === 'step').map(({ step }) => step)).toEqual([
      'start',
      'train',
    ]);
    expect(lines.filter(({ kind }) => kind === 'attempt')).toHaveLength(80);
  });

  it('writes one flow or one step alone, and says where there is none', async () => {
    const [flow, step, none, wrong] = await Promise.all([
      cli('export', 'TrainFlow'),
      cli('export', 'TrainFlow/train'),
      cli('export', 'NoFlow'),
      cli('export', 'TrainFlow/none'),
    ]);

    expect(flow.stdout.trimEnd().split('\n')).toHaveLength(82);
    expect(step.stdout.trimEnd().split('\n')).toHaveLength(41);
    expect([none, wrong].map(({ code, stdout }) => [code, stdout])).toEqual([
      [5, ''],
      [5, ''],
    ]);
  });

  it('leads replay to the verdicts that are stored, to the byte', async () => {
    const file = join(folder, 'export.jsonl');
    writeFileSync(file, (await cli('export')).stdout);

    const { stdout } = await cli('replay', file, '--protocol', 'online', '--json');

    const { verdicts } = JSON.parse(stdout) as ReplayReport;
    expect(verdicts.map(({ step }) => step)).toEqual(['start', 'train']);
    const stored = await Promise.all(
      verdicts.map(async ({ flow, step }) =>
        verdictIn((await served.get(`/api/v1/flows/${flow}/steps/${step}`)).json()),
      ),
    );
    const replayed = verdicts.map(({ verdict }) => verdict);
    expect(replayed.map(({ kind }) => kind)).toEqual(['skip', 'suggest']);
    expect(replayed).toEqual(stored);
    expect(canonical(replayed)).toBe(canonical(stored));
  });

  it('leads to the same verdicts after the project has moved on, since the facts of then are kept', async () => {
    const before = readFacts((await cli('export', 'TrainFlow/train')).stdout);
    for (let run = 0; run < 20; run += 1) {
      await served.ingest({
        flow: 'OtherFlow',
        run: `run-${run}`,
        step: 'hungry',
        task: `hungry-${run}`,
        startMs: Date.now() - 30 * 60_000 + run * 1000,
        requestMemoryMiB: 64_000,
        backend: 'local',
        peakMiB: 1000 * 1.2 ** run,
        outcome: 'succeeded',
      });
    }
    await served.settleAndTune();
    await served.settleAndTune();

    const file = join(folder, 'later.jsonl');
    writeFileSync(file, (await cli('export')).stdout);
    const { stdout } = await cli('replay', file, '--protocol', 'online', '--json');

    const { verdicts } = JSON.parse(stdout) as ReplayReport;
    const told = verdicts.map(({ step, reproduction }) => [step, reproduction?.isExact]);
    expect(told).toEqual([
      ['hungry', true],
      ['start', true],
      ['train', true],
    ]);
    // What another step would be judged by now is not what these were.
    const now = await loadProjectFacts(store().db, 'default');
    expect(now.spending.needHours).toBeGreaterThan(2 * before.spending.needHours);
    expect(now.surprises.length).toBeGreaterThan(before.surprises.length);
    expect(readFacts((await cli('export', 'TrainFlow/train')).stdout)).toEqual(before);
  });

  it('lets replay say that an export is not what the verdict rested on', async () => {
    const file = join(folder, 'edited.jsonl');
    const text = (await cli('export', 'TrainFlow/train')).stdout;
    writeFileSync(file, text.replaceAll('"memoryMiB":16384', '"memoryMiB":8192'));

    const { stdout } = await cli('replay', file, '--protocol', 'online');

    expect(stdout).toMatch(
      /not the tuner's verdict [0-9a-f]{12} of .* UTC: the export was changed/,
    );
  });

  it('lets replay show what explain shows', async () => {
    const file = join(folder, 'train.jsonl');
    writeFileSync(file, (await cli('export', 'TrainFlow/train')).stdout);

    const [explained, replayed] = await Promise.all([
      cli('explain', 'TrainFlow/train'),
      cli('replay', file, '--protocol', 'online'),
    ]);

    const proof = /MEMORY {2}what[^]*?(?=\n\n)/.exec(explained.stdout)?.[0];
    expect(proof).toContain('suggested');
    expect(replayed.stdout).toContain(proof);
  });
});

function readFacts(exported: string): ProjectFacts {
  const { input } = JSON.parse(exported.split('\n')[0] ?? '') as {
    input: { projectFacts: ProjectFacts };
  };
  return input.projectFacts;
}
