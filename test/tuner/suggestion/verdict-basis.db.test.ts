import type { Store } from '@stepfit/collector/db/open-store';
import { loadVerdictInput } from '@stepfit/tuner/history/load-verdict-input';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { contentId } from '@stepfit/tuner/suggestion/content-id';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import {
  createBasisKeeper,
  dropUnusedBasis,
  loadBasis,
} from '@stepfit/tuner/suggestion/verdict-basis';
import { createTunerMemory } from '@stepfit/tuner/tuner-memory';
import { tuneDueSteps } from '@stepfit/tuner/tuner-worker';
import { beforeEach, describe, expect, it } from 'vitest';

import { emptyStore, onEachStore } from '../../support/database.ts';
import { silentLog } from '../../support/silent-log.ts';
import { addAttempts, KEY, NOW, runs } from '../support/rows.ts';

const HOUR_MS = 3_600_000;
const PROJECT = KEY.project;

function after(hours: number): Date {
  return new Date(NOW.getTime() + hours * HOUR_MS);
}

async function countRows({ db }: Store): Promise<number> {
  return (await db.selectFrom('verdict_basis').select('basis_id').execute()).length;
}

async function verdictOf(store: Store) {
  return loadVerdictInput(store.db, KEY, EXAMPLE_PRICES);
}

describe('what a verdict rested on', () => {
  onEachStore((store) => {
    beforeEach(async () => emptyStore(store()));

    const basis = {
      policy: { ...DEFAULT_POLICY, riskRatio: 0.02 },
      prices: EXAMPLE_PRICES,
      projectFacts: { spending: { attempts: 3, needHours: 1 / 3, hours: 0.1 }, surprises: [1.5] },
    };

    it('is kept once for all steps, and comes back as it was', async () => {
      const [one, other] = [createBasisKeeper(store().db), createBasisKeeper(store().db)];
      const ids = await one.keep(PROJECT, basis, NOW);
      expect(await other.keep(PROJECT, structuredClone(basis), NOW)).toEqual(ids);

      expect(await countRows(store())).toBe(3);
      expect(await loadBasis(store().db, PROJECT, ids)).toEqual(basis);
      expect(await loadBasis(store().db, 'another', ids)).toEqual({});
    });

    it('stays while a step rests on it, and a day longer', async () => {
      await addAttempts(store(), runs(6));
      await tuneDueSteps({
        store: store(),
        clock: () => NOW,
        log: silentLog,
        prices: EXAMPLE_PRICES,
      });
      const unused = { ...basis, policy: { ...DEFAULT_POLICY, minAttempts: 7 } };
      await createBasisKeeper(store().db).keep(PROJECT, unused, NOW);
      const all = await countRows(store());

      expect(await dropUnusedBasis(store().db, after(23))).toBe(0);
      expect(await countRows(store())).toBe(all);
      expect(await dropUnusedBasis(store().db, after(25))).toBe(2);

      const { input, verdict } = await verdictOf(store());
      expect(contentId(decideStep(input))).toBe(verdict?.verdictId);
    });

    it('is not dropped while it is in use, however long ago it was first kept', async () => {
      const keeper = createBasisKeeper(store().db);
      for (const hours of [0, 10, 20, 30]) await keeper.keep(PROJECT, basis, after(hours));
      expect(await dropUnusedBasis(store().db, after(40))).toBe(0);
      expect(await dropUnusedBasis(store().db, after(55))).toBe(3);
    });

    it('is what was in force then, not now: policy, prices and what other steps had shown', async () => {
      await addAttempts(store(), runs(40));
      const prices = { ...EXAMPLE_PRICES, name: 'of then', memoryGibHourUsd: 0.5 };
      await tuneDueSteps({ store: store(), clock: () => NOW, log: silentLog, prices });
      const stored = await verdictOf(store());

      await addAttempts(store(), runs(40, { step: 'other', peak_memory_mib: 9000 }));
      await tuneDueSteps({
        store: store(),
        clock: () => NOW,
        log: silentLog,
        prices: EXAMPLE_PRICES,
      });

      const { input, verdict } = await verdictOf(store());
      expect(input).toEqual(stored.input);
      expect(input.prices.name).toBe('of then');
      expect(verdict).toMatchObject({ isPending: false, at: NOW.toISOString() });
      expect(contentId(decideStep(input))).toBe(verdict?.verdictId);
    });

    it('is said to be pending once something has come that the verdict did not see', async () => {
      await addAttempts(store(), runs(6));
      expect((await verdictOf(store())).verdict).toBeUndefined();
      await tuneDueSteps({
        store: store(),
        clock: () => NOW,
        log: silentLog,
        prices: EXAMPLE_PRICES,
      });
      expect((await verdictOf(store())).verdict?.isPending).toBe(false);

      await store()
        .db.updateTable('attempt')
        .set({ settled_at: null })
        .where('run', '=', '6')
        .execute();
      expect((await verdictOf(store())).verdict?.isPending).toBe(true);
    });
  });
});

describe('a project’s facts', () => {
  onEachStore((store) => {
    beforeEach(async () => emptyStore(store()));

    it('are read again when attempts have grown by a hundredth, and are the same object until then', async () => {
      const memory = createTunerMemory(store(), { asksNetwork: false });
      async function facts() {
        return memory.startPass().factsOf?.(PROJECT);
      }
      await addAttempts(store(), runs(200));
      const first = await facts();
      await addAttempts(store(), runs(2, {}, 1000));
      expect(await facts()).toBe(first);
      await addAttempts(store(), runs(1, {}, 2000));
      const second = await facts();
      expect(second).not.toBe(first);
      expect(await facts()).toBe(second);
    });
  });
});
