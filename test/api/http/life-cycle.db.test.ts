import type { SuggestionEvents } from '@stepfit/api/http/schemas/decisions';
import type { PauseList } from '@stepfit/api/http/schemas/pauses';
import type { Policies, StepPolicy } from '@stepfit/api/http/schemas/policies';
import type { Problem } from '@stepfit/api/http/schemas/problem';
import type { StepExplanation } from '@stepfit/api/http/schemas/steps';
import type { Ledger } from '@stepfit/tuner/model/ledger';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { emptyStore, onEachStore } from '../../support/database.ts';
import { addAttempts, KEY, runs } from '../../tuner/support/rows.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

const STEP_PATH = `/api/v1/flows/${KEY.flow}/steps/${KEY.step}`;
const HOUR_MS = 3_600_000;

onEachStore((store) => {
  let served: ServedApp;

  beforeAll(async () => {
    served = await serveApp(store());
  });
  afterAll(async () => served.close());
  beforeEach(async () => {
    await emptyStore(store());
    await addAttempts(store(), runs(6));
    await served.settleAndTune();
  });

  interface Answer<Body> {
    readonly status: number;
    readonly etag: unknown;
    readonly body: Body;
  }

  async function ask<Body = Problem>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    payload?: object,
    ifMatch?: string,
  ): Promise<Answer<Body>> {
    const answer = await served.app.inject({
      method,
      url,
      ...(payload !== undefined && { payload }),
      headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
    });
    const { statusCode, headers, body } = answer;
    return { status: statusCode, etag: headers['etag'], body: JSON.parse(body) as Body };
  }

  async function explain(): Promise<StepExplanation> {
    return (await ask<StepExplanation>('GET', STEP_PATH)).body;
  }

  async function current(): Promise<Suggestion> {
    const { suggestion } = await explain();
    if (suggestion === undefined) throw new Error('the step has no suggestion');
    return suggestion;
  }

  async function decide(
    { suggestionId }: Suggestion,
    event: string,
    extra: object = {},
    ifMatch?: string,
  ): Promise<Answer<Suggestion & Problem>> {
    const body = { event, actor: 'ana', reason: 'because', ...extra };
    return ask('POST', `/api/v1/suggestions/${suggestionId}/events`, body, ifMatch);
  }

  /** The step again after another attempt like those before. */
  async function anotherRun(run: number, changes: Parameters<typeof runs>[1] = {}): Promise<void> {
    await addAttempts(store(), runs(1, changes, run));
    await served.settleAndTune();
  }

  describe('a decision', () => {
    it('changes the state, with who and why, and is told with the suggestion', async () => {
      const suggestion = await current();
      const accepted = await decide(suggestion, 'accept', {}, `"${suggestion.revision}"`);

      expect(accepted.status).toBe(200);
      expect(accepted.body).toMatchObject({ state: 'accepted', revision: suggestion.revision + 1 });
      expect(accepted.etag).toBe(`"${suggestion.revision + 1}"`);
      const { body } = await ask<SuggestionEvents>(
        'GET',
        `/api/v1/suggestions/${suggestion.suggestionId}/events`,
      );
      expect(body.events).toMatchObject([
        { sequence: 1, event: 'propose', actor: 'tuner', to: 'proposed' },
        { event: 'accept', actor: 'ana', from: 'proposed', to: 'accepted', note: 'because' },
      ]);
      await served.settleAndTune();
      expect(await current()).toMatchObject({ state: 'accepted' });
    });

    it('is refused over another revision than the one that was read', async () => {
      const suggestion = await current();
      await anotherRun(7);
      const stale = await decide(suggestion, 'accept', {}, `"${suggestion.revision}"`);

      expect(stale.status).toBe(409);
      expect(stale.body).toMatchObject({ code: 'conflict' });
      expect((await decide(await current(), 'accept', {}, 'W/"x"')).status).toBe(400);
    });

    it('is refused where the state does not allow it, or nobody said who', async () => {
      const suggestion = await current();
      await decide(suggestion, 'dismiss');

      expect((await decide(suggestion, 'accept')).status).toBe(409);
      expect((await decide(suggestion, 'verify')).status).toBe(400);
      expect((await decide(suggestion, 'accept', { actor: '' })).status).toBe(400);
      expect((await decide({ ...suggestion, suggestionId: 'none' }, 'accept')).status).toBe(404);
    });

    it('of two at once, one is carried out', async () => {
      const suggestion = await current();
      const ifMatch = `"${suggestion.revision}"`;
      const answers = await Promise.all(
        ['accept', 'dismiss', 'accept'].map(async (event) =>
          decide(suggestion, event, {}, ifMatch),
        ),
      );

      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        200, 409, 409,
      ]);
    });
  });

  it('a dismissal is honoured until somebody reopens, or other values are suggested', async () => {
    const suggestion = await current();
    await decide(suggestion, 'dismiss');
    await anotherRun(7);

    expect((await explain()).suggestion).toBeUndefined();
    expect((await explain()).skip).toMatchObject({ code: 'dismissed' });

    await decide(suggestion, 'reopen');
    await served.settleAndTune();
    expect(await current()).toMatchObject({ state: 'proposed' });

    await decide(await current(), 'dismiss');
    await anotherRun(8, { peak_memory_mib: 2000 });
    expect((await current()).suggestionId).not.toBe(suggestion.suggestionId);
  });

  it('a snooze needs an end, is kept, and is over by then', async () => {
    const suggestion = await current();
    const past = new Date(Date.now() - HOUR_MS).toISOString();
    const until = new Date(Date.now() + HOUR_MS).toISOString();
    expect((await decide(suggestion, 'snooze')).status).toBe(400);
    expect((await decide(suggestion, 'snooze', { until: past })).status).toBe(400);
    expect((await decide(suggestion, 'snooze', { until })).body).toMatchObject({
      state: 'snoozed',
      snoozedUntil: until,
    });

    await anotherRun(7);
    expect((await explain()).skip).toMatchObject({ code: 'snoozed' });

    await store()
      .db.updateTable('suggestion')
      .set({ snoozed_until: new Date(Date.now() - 1) })
      .execute();
    await anotherRun(8);
    expect(await current()).toMatchObject({ state: 'proposed' });
  });

  it('what was accepted is stale when newer attempts contradict it, and applied when asked for', async () => {
    const first = await current();
    await decide(first, 'accept');
    await anotherRun(7, { peak_memory_mib: 2000 });

    const { body } = await ask<Suggestion>('GET', `/api/v1/suggestions/${first.suggestionId}`);
    expect(body).toMatchObject({
      state: 'accepted',
      stale: { reason: expect.any(String) as string },
    });
    const second = await current();
    expect(second).toMatchObject({ state: 'proposed' });

    const later = new Date(Date.now() + HOUR_MS);
    await anotherRun(8, {
      started_at: later,
      ended_at: new Date(later.getTime() + HOUR_MS),
      request_memory_mib: second.suggestedEffective.memoryMiB ?? 0,
    });
    const applied = await ask<Suggestion>('GET', `/api/v1/suggestions/${second.suggestionId}`);
    expect(applied.body).toMatchObject({ state: 'applied' });
    const replaced = await ask<Suggestion>('GET', `/api/v1/suggestions/${first.suggestionId}`);
    expect(replaced.body).toMatchObject({ state: 'superseded' });

    const { body: ledger } = await ask<Ledger>('GET', '/api/v1/savings?days=30');
    expect(ledger.entries).toMatchObject([
      { suggestionId: second.suggestionId, tasks: 1, retries: 0 },
    ]);
    expect(ledger.totals.realised.costUsd.estimate).toBeGreaterThan(0);
  });

  describe('policies', () => {
    const document = { exclude: [], policies: [{ flow: KEY.flow, policy: { mode: 'auto' } }] };

    it('are put in force over the revision that was read, with who and why', async () => {
      const read = await ask<Policies>('GET', '/api/v1/policies');
      expect(read).toMatchObject({ etag: '"0"', body: { revision: 0, policies: [] } });

      const body = { ...document, actor: 'ana', reason: 'trying' };
      const put = await ask<Policies>('PUT', '/api/v1/policies', body, '"0"');
      expect(put).toMatchObject({ status: 200, etag: '"1"', body: { revision: 1, actor: 'ana' } });
      expect((await ask('PUT', '/api/v1/policies', { ...body, policies: [] }, '"0"')).status).toBe(
        409,
      );
      const { body: explained } = await ask<StepPolicy>('GET', `${STEP_PATH}/policy`);
      expect(explained.policy.mode).toBe('auto');
      expect(explained.fields.find(({ field }) => field === 'mode')).toEqual({
        field: 'mode',
        value: 'auto',
        source: 'flow',
        scope: KEY.flow,
        overridden: [{ value: 'suggest', source: 'default', scope: 'built in' }],
      });
    });

    it('are refused where they are none, or contradict themselves', async () => {
      async function put(policy: object): Promise<number> {
        const body = { exclude: [], policies: [{ policy }], actor: 'ana' };
        return (await ask('PUT', '/api/v1/policies', body)).status;
      }
      expect(await put({ mode: 'sometimes' })).toBe(400);
      expect(await put({ riskRation: 1 })).toBe(400);
      expect(await put({ memoryFloorMiB: 2000, memoryCapMiB: 1000 })).toBe(400);
    });

    it('take effect: in mode auto a share of the tasks tries the value, unless paused', async () => {
      await ask('PUT', '/api/v1/policies', { ...document, actor: 'ana' });
      await served.settleAndTune();
      const tried = await current();
      expect(tried).toMatchObject({
        state: 'accepted',
        rollout: { phase: 'canary', share: 0.2, plan: { first: { memoryMiB: 11_200 } } },
      });

      const launched = {
        flow: KEY.flow,
        steps: [{ step: KEY.step, backend: 'batch', current: { cpuCores: 1, memoryMiB: 16_000 } }],
      };
      async function hints(): Promise<object> {
        return (await ask<object>('POST', '/api/v1/hints', launched)).body;
      }
      expect(await hints()).toMatchObject({
        steps: [{ hint: { suggestionId: tried.suggestionId, share: 0.2 } }],
      });

      const paused = await ask<PauseList>('PUT', '/api/v1/pauses', { actor: 'bo', reason: 'now' });
      expect(paused.body.pauses).toMatchObject([{ actor: 'bo', reason: 'now' }]);
      expect(await hints()).toMatchObject({ steps: [{ refusal: { code: 'paused' } }] });
      expect((await ask<PauseList>('DELETE', '/api/v1/pauses')).body).toEqual({ pauses: [] });
      expect((await ask('DELETE', '/api/v1/pauses')).status).toBe(404);
      expect(await hints()).toMatchObject({ steps: [{ hint: { share: 0.2 } }] });
    });
  });
});
