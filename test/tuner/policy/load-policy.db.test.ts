import { DEFAULT_POLICY, type PolicyDocument } from '@stepfit/tuner/model/policy';
import { loadPolicies, loadPolicy, storePolicies } from '@stepfit/tuner/policy/load-policy';
import { beforeEach, describe, expect, it } from 'vitest';

import { emptyStore, onEachStore } from '../../support/database.ts';
import { addAttempts, KEY, NOW, runs } from '../support/rows.ts';

const { project } = KEY;

function documentOf(policies: PolicyDocument['policies']): PolicyDocument {
  return { exclude: [], policies };
}

describe('stored policies', () => {
  onEachStore((store) => {
    beforeEach(async () => emptyStore(store()));

    async function put(policies: PolicyDocument['policies'], expected?: number): Promise<number> {
      const { revision } = await storePolicies(store().db, {
        project,
        document: documentOf(policies),
        actor: 'ana',
        reason: 'because',
        at: NOW,
        ...(expected !== undefined && { expectedRevision: expected }),
      });
      return revision;
    }

    it('are the default where nothing is stored', async () => {
      expect(await loadPolicy(store().db, KEY)).toEqual(DEFAULT_POLICY);
      expect(await loadPolicies(store().db, project)).toEqual({
        revision: 0,
        document: documentOf([]),
      });
    });

    it('count for the step that they cover, in their own project', async () => {
      await put([
        { policy: { minAttempts: 10 } },
        { flow: KEY.flow, step: KEY.step, policy: { riskRatio: 0.05 } },
        { flow: KEY.flow, step: 'other', policy: { excluded: true } },
        { flow: 'Other', policy: { excluded: true } },
      ]);

      const policy = { ...DEFAULT_POLICY, minAttempts: 10, riskRatio: 0.05 };
      expect(await loadPolicy(store().db, KEY)).toEqual(policy);
      expect(await loadPolicy(store().db, { ...KEY, project: 'other' })).toEqual(DEFAULT_POLICY);
    });

    it('keep every revision with who and why, and make the steps due', async () => {
      await addAttempts(store(), runs(1));
      await store().db.updateTable('step').set({ tune_due_at: null }).execute();

      expect(await put([{ policy: { noRetry: true } }])).toBe(1);
      expect(await put([{ policy: { noRetry: false } }])).toBe(2);

      expect(await loadPolicies(store().db, project)).toEqual({
        revision: 2,
        document: documentOf([{ policy: { noRetry: false } }]),
        at: NOW,
        actor: 'ana',
        reason: 'because',
      });
      const { tune_due_at: dueAt } = await store()
        .db.selectFrom('step')
        .select('tune_due_at')
        .executeTakeFirstOrThrow();
      expect(dueAt).toEqual(NOW);
    });

    it('are not a new revision where nothing changes', async () => {
      await put([{ policy: { noRetry: true } }]);
      expect(await put([{ policy: { noRetry: true } }])).toBe(1);
    });

    it('are written over the revision that was read, or not at all', async () => {
      await put([{ policy: { noRetry: true } }], 0);
      await expect(put([], 0)).rejects.toMatchObject({ code: 'conflict' });
      expect(await put([], 1)).toBe(2);
    });

    it('lose nobody’s change when two write at once', async () => {
      const results = await Promise.allSettled(
        [1, 2, 3].map(async (minAttempts) => put([{ policy: { minAttempts } }], 0)),
      );

      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect((await loadPolicies(store().db, project)).revision).toBe(1);
    });

    it('refuse what contradicts itself', async () => {
      const policy = { memoryFloorMiB: 2000, memoryCapMiB: 1000 };
      await expect(put([{ policy }])).rejects.toMatchObject({ code: 'invalid-input' });
      await expect(put([{ policy: {} }, { policy: {} }])).rejects.toMatchObject({
        message: 'The policy of * is not valid: * is there twice.',
      });
    });

    it('refuse to be read where they are not policies', async () => {
      const body = JSON.stringify({ exclude: [], policies: [{ policy: { minAttempts: 'many' } }] });
      await store()
        .db.insertInto('policy_revision')
        .values({ project, revision: 1, at: NOW, actor: 'ana', body })
        .execute();
      await expect(loadPolicy(store().db, KEY)).rejects.toMatchObject({ code: 'invalid-input' });
    });
  });
});
