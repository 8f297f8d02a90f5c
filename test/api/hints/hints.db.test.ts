import type { Problem } from '@stepfit/api/http/schemas/problem';
import type { HintAnswer } from '@stepfit/tuner/hints/hint';
import { pause, resume } from '@stepfit/tuner/lifecycle/pauses';
import { DEFAULT_POLICY, type PolicyDocument } from '@stepfit/tuner/model/policy';
import { storePolicies } from '@stepfit/tuner/policy/load-policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { onEachStore } from '../../support/database.ts';
import { addAttempts, KEY, runs } from '../../tuner/support/rows.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

const FIT = { step: 'fit', backend: 'batch', current: { cpuCores: 1, memoryMiB: 16_000 } };
const AUTO: PolicyDocument = {
  exclude: [],
  policies: [{ flow: 'Train', policy: { mode: 'auto' } }],
};

onEachStore((store) => {
  describe('POST /api/v1/hints', () => {
    let served: ServedApp;

    beforeAll(async () => {
      served = await serveApp(store());
      await addAttempts(store(), runs(40));
      await addAttempts(store(), runs(2, { step: 'score' }));
      await served.settleAndTune();
    });

    afterAll(async () => {
      await served.close();
    });

    async function ask(body: object): Promise<{ status: number; answer: HintAnswer & Problem }> {
      const { statusCode, body: text } = await served.app.inject({
        method: 'POST',
        url: '/api/v1/hints',
        payload: body,
      });
      return { status: statusCode, answer: JSON.parse(text) as HintAnswer & Problem };
    }

    async function putInForce(document: PolicyDocument): Promise<void> {
      const at = new Date();
      await storePolicies(store().db, { project: KEY.project, document, actor: 'test', at });
    }

    it('has no values where no policy allows them, and says so of each step, in order', async () => {
      const steps = [{ ...FIT, step: 'score' }, FIT, { ...FIT, step: 'unknown' }];
      const { status, answer } = await ask({ flow: 'Train', steps });
      expect(status).toBe(200);
      expect(answer.version).toBe(1);
      expect(answer.steps.map(({ step, refusal }) => [step, refusal?.code])).toEqual([
        ['score', 'mode-suggest'],
        ['fit', 'mode-suggest'],
        ['unknown', 'mode-suggest'],
      ]);
    });

    it('has nothing in mode auto before the tuner has begun to try it', async () => {
      await putInForce(AUTO);
      const { answer } = await ask({ flow: 'Train', steps: [FIT] });
      expect(answer.steps[0]?.refusal?.code).toBe('not-tried-yet');
    });

    it('has the plan that is tried in mode auto, and why not for the others', async () => {
      await served.settleAndTune();
      const steps = [FIT, { ...FIT, step: 'score' }, { ...FIT, step: 'unknown' }];
      const [fit, score, unknown] = (await ask({ flow: 'Train', steps })).answer.steps;
      expect(fit?.hint?.plan.first.memoryMiB).toBeLessThan(16_000);
      expect(fit?.hint?.plan.last.memoryMiB).toBe(16_000);
      expect(fit?.hint?.share).toBe(DEFAULT_POLICY.canaryRatio);
      expect(score?.refusal?.code).toBe('no-suggestion');
      expect(score?.refusal?.detail).toContain('2 successful attempts');
      expect(unknown?.refusal).toEqual({
        code: 'no-suggestion',
        detail: 'There is no suggestion for this step.',
      });
    });

    it('has none while the flow is paused', async () => {
      const scope = { project: KEY.project, flow: KEY.flow };
      await pause(store().db, scope, { actor: 'test', at: new Date() });
      const { answer } = await ask({ flow: 'Train', steps: [FIT] });
      expect(answer.steps[0]?.refusal?.code).toBe('paused');
      await resume(store().db, scope, new Date());
      expect((await ask({ flow: 'Train', steps: [FIT] })).answer.steps[0]?.hint).toBeDefined();
    });

    it('takes what the policies say at that moment', async () => {
      await putInForce({ ...AUTO, exclude: ['Train/fit'] });
      const { answer } = await ask({ flow: 'Train', steps: [FIT] });
      expect(answer.steps[0]?.refusal?.code).toBe('excluded');
      await putInForce(AUTO);
    });

    it('knows nothing of another project’s steps', async () => {
      const { answer } = await ask({ project: 'other', flow: 'Train', steps: [FIT] });
      expect(answer.steps[0]?.refusal?.code).toBe('mode-suggest');
    });

    it('answers a flow without steps', async () => {
      expect((await ask({ flow: 'Train', steps: [] })).answer).toEqual({ version: 1, steps: [] });
    });

    it.each([
      ['no flow', { steps: [] }],
      ['an empty step', { flow: 'Train', steps: [{ ...FIT, step: '' }] }],
      ['an amount that is none', { flow: 'Train', steps: [{ ...FIT, current: { cpuCores: [] } }] }],
      ['an unknown field', { flow: 'Train', steps: [], extra: 1 }],
      ['a NUL', { flow: 'Train\0', steps: [] }],
    ])('refuses %s', async (_, body) => {
      const { status, answer } = await ask(body);
      expect(status).toBe(400);
      expect(answer.code).toBe('invalid-input');
    });
  });
});
