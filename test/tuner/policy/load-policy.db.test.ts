import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { loadPolicy } from '@stepfit/tuner/policy/load-policy';
import { beforeEach, describe, expect, it } from 'vitest';

import { emptyStore, onEachStore } from '../../support/database.ts';
import { KEY, NOW } from '../support/rows.ts';

describe('loadPolicy', () => {
  onEachStore((store) => {
    beforeEach(async () => emptyStore(store()));

    async function storePolicy(
      project: string,
      flow: string,
      step: string,
      body: object,
    ): Promise<void> {
      const row = { project, flow, step, body: JSON.stringify(body), updated_at: NOW };
      await store().db.insertInto('policy').values(row).execute();
    }

    it('is the default where nothing is stored', async () => {
      expect(await loadPolicy(store().db, KEY)).toEqual(DEFAULT_POLICY);
    });

    it('reads only policies that cover the step', async () => {
      await storePolicy(KEY.project, '', '', { minAttempts: 10 });
      await storePolicy(KEY.project, KEY.flow, KEY.step, { riskRatio: 0.05 });
      await storePolicy(KEY.project, KEY.flow, 'other', { excluded: true });
      await storePolicy(KEY.project, 'Other', '', { excluded: true });
      await storePolicy('other', '', '', { excluded: true });

      expect(await loadPolicy(store().db, KEY)).toEqual({
        ...DEFAULT_POLICY,
        minAttempts: 10,
        riskRatio: 0.05,
      });
    });

    it('refuses a stored policy that is not one', async () => {
      await storePolicy(KEY.project, KEY.flow, '', { minAttempts: 'many' });
      await expect(loadPolicy(store().db, KEY)).rejects.toMatchObject({ code: 'invalid-input' });
    });
  });
});
