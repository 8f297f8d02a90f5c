import type { Attempt, AttemptList, AttemptUsageSeries } from '@stepfit/api/http/schemas/attempts';
import type { Problem } from '@stepfit/api/http/schemas/problem';
import type { Report } from '@stepfit/api/http/schemas/report';
import type { StepExplanation, StepList } from '@stepfit/api/http/schemas/steps';
import type { SuggestionList } from '@stepfit/api/http/schemas/suggestions';
import type { System } from '@stepfit/api/http/schemas/system';
import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { onEachStore } from '../../support/database.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

const HOUR_MS = 3_600_000;
const declared = {
  declaredCpuCores: 8,
  declaredMemoryMiB: 16_384,
  declaredDecorators: JSON.stringify([
    { name: 'resources', attributes: { cpu: 8, memory: 16_384 } },
  ]),
  requestCpuCores: 8,
  requestMemoryMiB: 16_384,
  backend: 'local',
} as const;

/** Every page of a list, followed by its cursors. */
async function readAll<Item>(
  served: ServedApp,
  path: string,
  itemsOf: (body: never) => readonly Item[],
): Promise<Item[]> {
  const items: Item[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const answer = await served.get(next);
    const body = answer.json<{ nextCursor?: string }>();
    items.push(...itemsOf(body as never));
    next = body.nextCursor === undefined ? undefined : `${path}&cursor=${body.nextCursor}`;
  }
  return items;
}

onEachStore((store) => {
  let served: ServedApp;

  beforeAll(async () => {
    served = await serveApp(store());
    const startMs = Date.now() - 2 * HOUR_MS;
    for (let run = 0; run < 7; run += 1) {
      const facts = { flow: 'TrainFlow', run: `run-${run}`, startMs: startMs + run * 60_000 };
      await served.ingest({
        ...facts,
        ...declared,
        step: 'train',
        task: `task-${run}`,
        peakMiB: 300 + run,
        outcome: 'succeeded',
      });
      await served.ingest({
        ...facts,
        step: 'start',
        task: 's',
        peakMiB: 80,
        outcome: 'succeeded',
      });
    }
    await served.ingest({
      flow: 'TrainFlow',
      run: 'run-7',
      step: 'train',
      task: 'task-7',
      ...declared,
      startMs: Date.now() - 60_000,
      peakMiB: 250,
    });
    await served.ingest({
      project: 'other',
      flow: 'Secret',
      step: 'hidden',
      startMs,
      peakMiB: 50,
      outcome: 'failed',
    });
    await served.settleAndTune();
  });
  afterAll(async () => {
    await served.close();
  });

  describe('the report', () => {
    it('adds up what was requested and not needed, and says what to do', async () => {
      const report = (await served.get('/api/v1/report')).json<Report>();
      const [worst, other] = report.steps;

      expect(report.totals).toMatchObject({ flows: 1, steps: 2, attempts: 14 });
      expect(worst).toMatchObject({
        flow: 'TrainFlow',
        step: 'train',
        attempts: 7,
        runs: 7,
        succeeded: 7,
        current: { cpuCores: 8, memoryMiB: 16_384 },
        backend: 'local',
        peakMemoryMiB: 306,
        suggestion: { state: 'proposed' },
      });
      // Seven minutes of 16 GiB, of which 303 MiB on average were needed.
      expect(worst?.requestedGibHours).toBeCloseTo((7 / 60) * 16, 6);
      expect(worst?.neededGibHours).toBeCloseTo(((7 / 60) * 303) / 1024, 6);
      expect(worst?.wastedGibHours).toBeCloseTo((7 / 60) * (16 - 303 / 1024), 6);
      // Eight cores of which 0.9 were used.
      expect(worst?.wastedCoreHours).toBeCloseTo((7 / 60) * 7.1, 6);
      expect(other).toMatchObject({ step: 'start', skip: { code: 'nothing-requested' } });
    });

    it('is of one flow where asked, and of nothing where nothing ran', async () => {
      const ofFlow = (await served.get('/api/v1/report?flow=TrainFlow&days=1')).json<Report>();
      const ofNone = (await served.get('/api/v1/report?flow=Nothing')).json<Report>();

      expect(ofFlow).toMatchObject({ flow: 'TrainFlow', days: 1 });
      expect(ofNone.steps).toEqual([]);
      expect(ofNone.totals.requestedCostUsd).toBe(0);
    });
  });

  describe('projects', () => {
    it('see nothing of each other', async () => {
      const paths = ['report', 'steps', 'attempts', 'suggestions', 'system'];
      const answers = await Promise.all(
        paths.map(async (path) => (await served.get(`/api/v1/${path}`)).text),
      );
      const other = (await served.get('/api/v1/report?project=other')).json<Report>();

      for (const text of answers) expect(text).not.toContain('Secret');
      expect(other.steps.map((step) => step.flow)).toEqual(['Secret']);
      expect((await served.get('/api/v1/flows/Secret/steps/hidden')).status).toBe(404);
    });
  });

  describe('steps', () => {
    it('are listed with what the tuner said', async () => {
      const { steps } = (await served.get('/api/v1/steps')).json<StepList>();

      expect(
        steps.map(({ step, settledAttempts, tuneDue }) => [step, settledAttempts, tuneDue]),
      ).toEqual([
        ['start', 7, false],
        ['train', 7, false],
      ]);
      expect(steps[0]?.skip?.code).toBe('nothing-requested');
      expect(steps[1]?.suggestionId).toBeTypeOf('string');
    });

    it('are explained with proof, policy and attempts', async () => {
      const answer = await served.get('/api/v1/flows/TrainFlow/steps/train');
      const explanation = answer.json<StepExplanation>();

      expect(explanation.suggestion?.evidence.attempts).toBe(7);
      expect(explanation.suggestion?.decoratorLine).toMatch(/^@resources\(/);
      expect(explanation.policy.minAttempts).toBe(5);
      expect(explanation.recentAttempts).toHaveLength(8);
      expect(explanation.recentAttempts[0]).not.toHaveProperty('outcome');
      expect(explanation.current).toEqual({ cpuCores: 8, memoryMiB: 16_384 });
    });
  });

  describe('suggestions', () => {
    it('are listed and found by id', async () => {
      const { suggestions } = (
        await served.get('/api/v1/suggestions?state=proposed&flow=TrainFlow')
      ).json<SuggestionList>();
      const [first] = suggestions;
      const found = await served.get(`/api/v1/suggestions/${first?.suggestionId}`);

      expect(suggestions).toHaveLength(1);
      expect(found.json<Suggestion>()).toEqual(first);
      expect(first?.savings.gibHoursPerRun).toBeGreaterThan(0);
    });

    it('of another project are not found', async () => {
      const { suggestions } = (await served.get('/api/v1/suggestions')).json<SuggestionList>();
      const id = suggestions[0]?.suggestionId;

      expect((await served.get(`/api/v1/suggestions/${id}?project=other`)).status).toBe(404);
    });
  });

  describe('attempts', () => {
    it('come in pages: running ones first, each once, newest first', async () => {
      const paths = ['/api/v1/attempts?limit=4', '/api/v1/attempts?limit=500'];
      const [paged, whole] = await Promise.all(
        paths.map(async (path) => readAll(served, path, (body: AttemptList) => body.attempts)),
      );

      expect(paged?.map((attempt) => attempt.attemptId)).toEqual(
        whole?.map((attempt) => attempt.attemptId),
      );
      expect(paged).toHaveLength(15);
      expect(paged?.[0]?.run).toBe('run-7');
      const ends = (paged ?? []).slice(1).map((attempt) => attempt.endedAt ?? '');
      expect(ends).toEqual(ends.toSorted().reverse());
    });

    it('of several steps come in pages as well, each once, in the same order', async () => {
      const [paged, whole] = await Promise.all(
        ['/api/v1/attempts?flow=TrainFlow&limit=4', '/api/v1/attempts?limit=500'].map(
          async (path) => readAll(served, path, (body: AttemptList) => body.attempts),
        ),
      );

      expect(paged?.length).toBeGreaterThan(4);
      expect(paged).toEqual(whole?.filter(({ flow }) => flow === 'TrainFlow'));
    });

    it.each([
      ['flow=TrainFlow&step=train', 8],
      ['step=start', 7],
      ['run=run-3', 2],
      ['outcome=running', 1],
      ['outcome=succeeded', 14],
      ['outcome=oom', 0],
    ])('are filtered by %s', async (filter, count) => {
      const { attempts } = (await served.get(`/api/v1/attempts?${filter}`)).json<AttemptList>();

      expect(attempts).toHaveLength(count);
    });

    it('are shown whole, with what is unknown left out', async () => {
      const { attempts } = (
        await served.get('/api/v1/attempts?run=run-3&step=train')
      ).json<AttemptList>();
      const attempt = (
        await served.get(`/api/v1/attempts/${attempts[0]?.attemptId}`)
      ).json<Attempt>();

      expect(attempt).toMatchObject({
        run: 'run-3',
        durationMs: 60_000,
        outcome: 'succeeded',
        outcomeSource: 'reported',
        peakMemoryMiB: 303,
        peakMemorySource: 'cgroup-peak',
        declared: { cpuCores: 8, memoryMiB: 16_384 },
      });
      expect(attempt.cpuSeconds).toBeCloseTo(54, 6);
      expect(attempt).not.toHaveProperty('gpuSeenCount');
      expect(Object.values(attempt)).not.toContain(null);
    });

    it('show their usage, merged to as many points as asked, without losing the peak', async () => {
      const { attempts } = (
        await served.get('/api/v1/attempts?run=run-3&step=train')
      ).json<AttemptList>();
      const path = `/api/v1/attempts/${attempts[0]?.attemptId}/usage`;
      const whole = (await served.get(path)).json<AttemptUsageSeries>();
      const merged = (
        await served.get(`${path}?metric=${METRICS.memoryUsage.name}&points=2`)
      ).json<AttemptUsageSeries>();

      expect(
        whole.series.map(({ metric, series, points }) => [metric, series, points.length]),
      ).toEqual([
        ['process.cpu.time', 'user', 6],
        ['process.memory.usage', '', 6],
        ['stepfit.memory.peak', 'cgroup-peak', 6],
      ]);
      const [memory] = merged.series;
      expect(memory?.unit).toBe('By');
      expect(memory?.points).toHaveLength(2);
      expect(memory?.points.at(-1)).toMatchObject({ offsetMs: 60_000, max: 303 * 1024 ** 2 });
      const offsets = whole.series[0]?.points.map((point) => point.offsetMs);
      expect(offsets).toEqual([10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
      expect(whole.series[0]?.points.at(-1)?.last).toBeCloseTo(54, 6);
    });
  });

  it('says what it is and how far it has worked', async () => {
    const system = (await served.get('/api/v1/system')).json<System>();

    expect(system).toMatchObject({
      store: store().kind,
      attempts: { settled: 14, running: 1, unsettled: 0 },
      steps: { total: 2, tuneDue: 0, withSuggestion: 1, skipped: 1 },
    });
  });

  describe('errors', () => {
    it.each([
      ['/api/v1/nothing', 404, 'not-found'],
      ['/api/v1/attempts/none', 404, 'not-found'],
      ['/api/v1/attempts/none/usage', 404, 'not-found'],
      ['/api/v1/suggestions/none', 404, 'not-found'],
      ['/api/v1/flows/TrainFlow/steps/none', 404, 'not-found'],
      ['/api/v1/report?dayz=3', 400, 'invalid-input'],
      ['/api/v1/report?days=0', 400, 'invalid-input'],
      ['/api/v1/report?days=1.5', 400, 'invalid-input'],
      ['/api/v1/report?days=1e999', 400, 'invalid-input'],
      ['/api/v1/report?days=-1e999', 400, 'invalid-input'],
      ['/api/v1/report?days=NaN', 400, 'invalid-input'],
      ['/api/v1/report?project=', 400, 'invalid-input'],
      ['/api/v1/attempts?outcome=dead', 400, 'invalid-input'],
      ['/api/v1/attempts?limit=501', 400, 'invalid-input'],
      ['/api/v1/attempts?flow=a%00b', 400, 'invalid-input'],
      ['/api/v1/attempts?cursor=bm9uc2Vuc2U', 400, 'invalid-input'],
      ['/api/v1/steps?cursor=W251bGwsMV0', 400, 'invalid-input'],
      ['/api/v1/suggestions?cursor=e30', 400, 'invalid-input'],
      [
        `/api/v1/steps?cursor=${Buffer.from('["a\\u0000","b"]').toString('base64url')}`,
        400,
        'invalid-input',
      ],
    ])('%s is %i %s, as problem details', async (path, status, code) => {
      const answer = await served.get(path);
      const problem = answer.json<Problem>();

      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(problem).toMatchObject({ code, status, type: `urn:stepfit:error:${code}` });
      expect(problem.hint).toBeTypeOf('string');
    });

    it('a cursor with a time that is none in the calendar finds its place', async () => {
      const position = { createdAt: '2026-02-29T00:00:00Z', suggestionId: 'x' };
      const cursor = Buffer.from(JSON.stringify(position)).toString('base64url');

      expect((await served.get(`/api/v1/suggestions?cursor=${cursor}`)).status).toBeLessThan(500);
    });
  });

  it('compresses long answers for who accepts it', async () => {
    const answer = await served.app.inject({
      url: '/api/v1/attempts?limit=500',
      headers: { 'accept-encoding': 'gzip' },
    });

    expect(answer.headers['content-encoding']).toBe('gzip');
  });
});
