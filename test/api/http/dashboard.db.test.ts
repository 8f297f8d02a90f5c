import type { Flow } from '@stepfit/api/http/schemas/flows';
import type { Inbox } from '@stepfit/api/http/schemas/inbox';
import type { StepReplay } from '@stepfit/api/http/schemas/replay';
import type { Report } from '@stepfit/api/http/schemas/report';
import type { StepExplanation } from '@stepfit/api/http/schemas/steps';
import type { Facets, Trend } from '@stepfit/api/http/schemas/trend';
import { toReplayBasis } from '@stepfit/api/steps/replay-arrays';
import { requestReplay } from '@stepfit/tuner/replay/replay-request';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { onEachStore } from '../../support/database.ts';
import { ingestDashboardHistory } from '../support/dashboard-history.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

onEachStore((store) => {
  let served: ServedApp;

  beforeAll(async () => {
    served = await serveApp(store());
    await ingestDashboardHistory(served);
  });
  afterAll(async () => served.close());

  async function read<Body>(path: string): Promise<Body> {
    const answer = await served.get(`/api/v1${path}`);
    expect(answer.status, answer.text).toBe(200);
    return answer.json<Body>();
  }

  describe('the columns that a browser replays', () => {
    it.each(['TrainFlow/steps/train', 'ReportFlow/steps/render', 'EmbedFlow/steps/embed'])(
      'give what the server’s evidence says of every request, to the last digit: %s',
      async (name) => {
        const { suggestion } = await read<StepExplanation>(`/flows/${name}`);
        const replay = await read<StepReplay>(`/flows/${name}/replay`);
        const ask = requestReplay(toReplayBasis(replay));
        const values = suggestion?.evidence.memoryReplay.filter(({ kind }) => kind === 'value');

        expect(values?.length).toBeGreaterThan(3);
        for (const row of values ?? []) {
          const { memory } = ask({ ...replay.current, memoryMiB: row.memoryMiB });
          expect({ ...memory, label: row.label }).toEqual(row);
        }
        const bound = ask({ memoryMiB: suggestion?.suggested.memoryMiB ?? 0 }).bound;
        expect(suggestion?.evidence.memoryBound).toMatchObject(bound);
        for (const point of suggestion?.evidence.cpuReplay ?? []) {
          const asked = ask({ memoryMiB: 1024, cpuCores: point.cpuCores });
          expect(asked.stretchRatio).toBe(point.stretchRatio);
        }
      },
    );

    it('name each attempt as the store does', async () => {
      const { attempts, declaredLines } = await read<StepReplay>(
        '/flows/TrainFlow/steps/train/replay',
      );
      const attempt = await served.get(`/api/v1/attempts/${attempts.attemptIds[0] ?? ''}`);

      expect(attempt.json<{ task: string }>().task).toBe(attempts.tasks[0]);
      expect(declaredLines).toEqual(['@resources(cpu=8, memory=16384)']);
    });

    it('are not found for a step that there is none of', async () => {
      expect((await served.get('/api/v1/flows/No/steps/such/replay')).status).toBe(404);
    });
  });

  it('shows a flow in the order of its graph, with boxes of attempts that took place', async () => {
    const flow = await read<Flow>('/flows/TrainFlow');

    expect(flow.hasGraph).toBe(true);
    expect(flow.steps.map(({ step, parents }) => [step, parents])).toEqual([
      ['load', []],
      ['train', ['load']],
    ]);
    expect(flow.steps[1]?.memoryMiB).toMatchObject({ attempts: 12, min: 300, max: 300 + 37 * 11 });
    expect(flow.runs).toHaveLength(12);
    expect(flow.runs.filter(({ oom }) => oom > 0).map(({ run }) => run)).toEqual(['run-3']);
    expect((await read<Flow>('/flows/ReportFlow')).hasGraph).toBe(false);
    expect((await served.get('/api/v1/flows/NoFlow')).status).toBe(404);
  });

  it('sums up to the report day by day, under any filter', async () => {
    for (const query of ['', 'flow=TrainFlow', 'owner=bo', 'backend=local', 'owner=nobody']) {
      const { totals } = await read<Report>(`/report?${query}`);
      const { days } = await read<Trend>(`/report/trend?${query}`);

      expect(days).toHaveLength(30);
      const wasted = days.reduce((sum, day) => sum + day.wastedCostUsd, 0);
      expect(wasted).toBeCloseTo(totals.wastedCostUsd);
      expect(days.reduce((sum, day) => sum + day.attempts, 0)).toBe(totals.attempts);
    }
    expect((await read<Report>('/report?owner=bo')).steps.map(({ step }) => step)).toEqual([
      'embed',
      'render',
    ]);
  });

  it('knows of the steps that it lists what it knows without a limit, and sums up all of them', async () => {
    const whole = await read<Report>('/report');
    const short = await read<Report>('/report?limit=2');

    expect(short.steps).toEqual(whole.steps.slice(0, 2));
    expect(short.totals).toEqual(whole.totals);
    expect(short.omittedSteps).toBe(whole.steps.length - 2);
    const inbox = await read<Inbox>('/inbox?limit=1');
    expect(inbox.items).toHaveLength(1);
    expect(inbox.omitted).toBe((inbox.counts['proposed'] ?? 0) - 1);
  });

  it('says what the report can be filtered by', async () => {
    expect(await read<Facets>('/report/facets')).toEqual({
      projects: ['default'],
      flows: ['EmbedFlow', 'ReportFlow', 'TrainFlow'],
      owners: ['ana', 'bo'],
      backends: ['local'],
    });
  });

  it('lists suggestions by money without their evidence', async () => {
    const { items, counts } = await read<Inbox>('/inbox');
    const freed = items.map(({ costUsd }) => costUsd);

    expect(items.length).toBeGreaterThan(1);
    expect(freed).toEqual(freed.toSorted((a, b) => b - a));
    expect(items.every((item) => item.runs === 12 && !('evidence' in item))).toBe(true);
    expect(counts['proposed']).toBe(items.length);
    expect((await read<Inbox>('/inbox?owner=nobody')).items).toEqual([]);
    expect((await read<Inbox>('/inbox?state=accepted')).items).toEqual([]);
  });

  it('gives the report as files', async () => {
    const markdown = await served.get('/api/v1/report.md');
    const csv = await served.get('/api/v1/report.csv');

    expect(markdown.headers['content-type']).toContain('text/markdown');
    expect(markdown.text).toContain('| TrainFlow/train |');
    expect(csv.headers['content-type']).toContain('text/csv');
    expect(csv.text.split('\r\n')[0]).toContain('flow,step,backend');
    expect(csv.text.trimEnd().split('\r\n')).toHaveLength(5);
  });

  it('tells of changes as server-sent events, and lets go when it closes', async () => {
    const other = await serveApp(store());
    const url = await other.app.listen({ port: 0, host: '127.0.0.1' });
    const events = await fetch(`${url}/api/v1/events`);
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('event: change')) text += (await reader?.read())?.value ?? '';

    expect(events.headers.get('content-type')).toContain('text/event-stream');
    expect(JSON.parse(/data: (.*)/.exec(text)?.[1] ?? '')).toMatchObject({
      running: 0,
      settled: 48,
    });
    await other.close();
    expect((await reader?.read())?.done).toBe(true);
  });
});
