import { openStore, type Store } from '@stepfit/collector/db/open-store';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { Suggestion } from '@stepfit/tuner/model/suggestion';
import { listSuggestions } from '@stepfit/tuner/suggestion/suggestion-repository';
import { startTuner, type TunerContext, tuneDueSteps } from '@stepfit/tuner/tuner-worker';
import { Value } from 'typebox/value';
import { beforeEach, describe, expect, it } from 'vitest';

import { emptyStore, onEachStore, openTestStore } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';
import { addAttempts, attemptRow, KEY, NOW, runs } from './support/rows.ts';

const LATER = new Date(NOW.getTime() + 60_000);

function contextFor(store: Store, overrides: Partial<TunerContext> = {}): TunerContext {
  return { store, clock: () => NOW, log: silentLog, prices: EXAMPLE_PRICES, ...overrides };
}

async function stepRow({ db }: Store, step: string = KEY.step) {
  return db.selectFrom('step').selectAll().where('step', '=', step).executeTakeFirstOrThrow();
}

async function events({ db }: Store) {
  return db
    .selectFrom('suggestion_event')
    .select(['suggestion_id', 'sequence', 'actor', 'from_state', 'to_state', 'note'])
    .orderBy('at')
    .orderBy('suggestion_id')
    .orderBy('sequence')
    .execute();
}

describe('tuneDueSteps', () => {
  onEachStore((store) => {
    beforeEach(async () => emptyStore(store()));

    it('proposes a suggestion for a due step, with its event, and clears the step', async () => {
      await addAttempts(store(), runs(6));

      expect(await tuneDueSteps(contextFor(store()))).toBe(1);

      const [suggestion, ...others] = await listSuggestions(store().db, {
        project: KEY.project,
        limit: 10,
      });
      expect(others).toEqual([]);
      expect(suggestion).toMatchObject({
        ...KEY,
        state: 'proposed',
        strategy: 'shadow',
        createdAt: NOW.toISOString(),
        // 1 − 0.05^(1/6) = 0.393 above the largest of 6: 600 × √39.3 = 3762, the next size 4096
        suggested: { cpuCores: 1, memoryMiB: 4096 },
        decoratorLine: '@resources(memory=4096)',
      });
      expect(Value.Check(Suggestion, suggestion)).toBe(true);
      expect(await events(store())).toEqual([
        {
          suggestion_id: suggestion?.suggestionId,
          sequence: 1,
          actor: 'tuner',
          from_state: null,
          to_state: 'proposed',
          note: null,
        },
      ]);
      expect(await stepRow(store())).toMatchObject({
        tune_due_at: null,
        tuned_at: NOW,
        skip_code: null,
      });
      expect(await tuneDueSteps(contextFor(store()))).toBe(0);
    });

    it('leaves steps alone that are due later', async () => {
      await addAttempts(store(), runs(6));
      const early = new Date(NOW.getTime() - 1);
      expect(await tuneDueSteps(contextFor(store(), { clock: () => early }))).toBe(0);
    });

    it('refreshes the evidence in place while the values stay the same', async () => {
      await addAttempts(store(), runs(7));
      await tuneDueSteps(contextFor(store()));
      const [first] = await listSuggestions(store().db, { project: KEY.project, limit: 10 });
      await addAttempts(store(), runs(1, {}, 8));

      await tuneDueSteps(contextFor(store(), { clock: () => LATER }));

      const [again, ...others] = await listSuggestions(store().db, {
        project: KEY.project,
        limit: 10,
      });
      expect(others).toEqual([]);
      expect(again).toMatchObject({
        suggestionId: first?.suggestionId,
        createdAt: NOW.toISOString(),
        updatedAt: LATER.toISOString(),
        evidence: { attempts: 8 },
      });
      expect(await events(store())).toHaveLength(1);
    });

    it('supersedes a suggestion when other values are suggested', async () => {
      await addAttempts(store(), runs(6));
      await tuneDueSteps(contextFor(store()));
      await addAttempts(store(), runs(1, { peak_memory_mib: 2000 }, 7));

      await tuneDueSteps(contextFor(store(), { clock: () => LATER }));

      const [newer, older] = await listSuggestions(store().db, { project: KEY.project, limit: 10 });
      expect([newer?.state, newer?.suggested.memoryMiB]).toEqual(['proposed', 12_288]);
      expect([older?.state, older?.suggested.memoryMiB]).toEqual(['superseded', 4096]);
      expect(
        (await events(store())).map(({ from_state, to_state }) => [from_state, to_state]),
      ).toEqual(
        expect.arrayContaining([
          [null, 'proposed'],
          ['proposed', 'superseded'],
          [null, 'proposed'],
        ]),
      );
    });

    it('supersedes a suggestion when the step is right as it is, and says why on the step', async () => {
      await addAttempts(store(), runs(6));
      await tuneDueSteps(contextFor(store()));
      await addAttempts(
        store(),
        runs(1, { request_memory_mib: 700, started_at: NOW, ended_at: NOW }, 7),
      );

      await tuneDueSteps(contextFor(store(), { clock: () => LATER }));

      const [suggestion] = await listSuggestions(store().db, { project: KEY.project, limit: 10 });
      expect(suggestion?.state).toBe('superseded');
      const step = await stepRow(store());
      expect(step.skip_code).toBe('within-tolerance');
      expect(step.skip_detail).toContain('640 MiB would do, within 10 % of 700 MiB');
    });

    it('lets what one step showed of its surprises count for the others', async () => {
      const peaks = Array.from({ length: 40 }, (_, i) => 600 * 1.02 ** i);
      for (const step of ['a', 'b']) {
        const rows = peaks.flatMap((peak_memory_mib, i) => {
          const ended_at = new Date(NOW.getTime() - (50 - i) * 60_000);
          const started_at = new Date(ended_at.getTime() - 30_000);
          return runs(1, { step, peak_memory_mib, started_at, ended_at }, i);
        });
        await addAttempts(store(), rows);
      }
      await tuneDueSteps(contextFor(store()));
      expect((await stepRow(store(), 'a')).surprise_ratios).toHaveLength(10);

      await addAttempts(store(), runs(6));
      await tuneDueSteps(contextFor(store(), { clock: () => LATER }));

      const [suggestion] = await listSuggestions(store().db, { ...KEY, limit: 1 });
      expect(suggestion?.evidence.memoryBound?.surprises).toBe(20);
      expect(suggestion?.suggested.memoryMiB).toBeLessThan(4096);
    });

    it('lets what steps needed of what they asked for speak to a new one', async () => {
      const known = Array.from({ length: 3 }, (_, index) => `known${index}`);
      await addAttempts(store(), [
        ...known.flatMap((step) => runs(6, { step })),
        ...runs(2, { step: 'new' }),
      ]);
      await tuneDueSteps(contextFor(store()));
      // 600 of 16000 MiB, one core of one
      expect(await stepRow(store(), 'known0')).toMatchObject({
        memory_need_ratio: 0.0375,
        cpu_need_ratio: 1,
      });
      expect(await stepRow(store(), 'new')).toMatchObject({ memory_need_ratio: null });

      await addAttempts(store(), runs(1, { step: 'new' }, 3));
      await tuneDueSteps(contextFor(store(), { clock: () => LATER }));

      expect((await stepRow(store(), 'new')).skip_detail).toContain(
        "The project's 3 other steps needed up to 3.8 % of the memory and 100 % of the cores they asked for: 296 more",
      );
    });

    it('logs a step that fails, puts it off, and tunes the others', async () => {
      await addAttempts(store(), [...runs(6), ...runs(6, { step: 'broken' })]);
      await store()
        .db.updateTable('attempt')
        .set({ features: 'null' })
        .where('step', '=', 'broken')
        .execute();
      const errors: object[] = [];
      const log = { ...silentLog, error: (fields: object) => void errors.push(fields) };

      expect(await tuneDueSteps(contextFor(store(), { log }))).toBe(1);

      expect(errors).toMatchObject([{ step: 'broken', err: expect.any(TypeError) as unknown }]);
      const broken = await stepRow(store(), 'broken');
      expect(broken.tune_due_at?.getTime()).toBeGreaterThan(NOW.getTime());
      expect(broken.tuned_at).toBeNull();
    });

    it('keeps a step due when an attempt arrives while it is being tuned', async () => {
      await addAttempts(store(), runs(6));
      const arriving = interrupting(store(), async () => addAttempts(store(), runs(1, {}, 7)));

      // The first verdict is dropped as stale; the same pass finds the step due again and tunes it afresh.
      expect(await tuneDueSteps(contextFor(arriving))).toBe(1);
      const [suggestion] = await listSuggestions(store().db, { project: KEY.project, limit: 10 });
      expect(suggestion?.evidence.attempts).toBe(7);
      expect(await stepRow(store())).toMatchObject({ tune_due_at: null });
    });

    it('never tunes a step twice with two workers at once', async () => {
      const steps = Array.from({ length: 40 }, (_, index) => `step${index}`);
      await addAttempts(
        store(),
        steps.flatMap((step) => runs(6, { step })),
      );

      const tuned = await Promise.all([
        tuneDueSteps(contextFor(store())),
        tuneDueSteps(contextFor(store())),
        tuneDueSteps(contextFor(store())),
      ]);

      expect(tuned.reduce((sum, count) => sum + count, 0)).toBe(40);
      expect(await listSuggestions(store().db, { project: KEY.project, limit: 100 })).toHaveLength(
        40,
      );
      expect(await events(store())).toHaveLength(40);
    });
  });
});

it('never tunes a step twice with replicas on one PostgreSQL server', async () => {
  const first = await openTestStore('postgres');
  const { databaseUrl = '' } = first;
  const second = await openStore({ databaseUrl, log: silentLog });
  try {
    const steps = Array.from({ length: 40 }, (_, index) => `step${index}`);
    await addAttempts(
      first,
      steps.flatMap((step) => runs(6, { step })),
    );

    const tuned = await Promise.all([
      tuneDueSteps(contextFor(first)),
      tuneDueSteps(contextFor(second)),
    ]);

    expect(tuned.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(await events(first)).toHaveLength(40);
  } finally {
    await second.close();
    await first.close();
  }
});

describe('startTuner', () => {
  onEachStore((store) => {
    beforeEach(async () => emptyStore(store()));

    it('tunes what is due until it is stopped', async () => {
      await addAttempts(store(), runs(6));
      const { promise: tuned, resolve } = Promise.withResolvers<number>();

      const meters = { stepsTuned: resolve };
      const tuner = startTuner({ ...contextFor(store(), { meters }), pollMs: 5 });
      expect(await tuned).toBe(1);
      await tuner.stop();

      await addAttempts(store(), runs(1, {}, 7));
      expect(await stepRow(store())).toMatchObject({ tune_due_at: NOW });
    });

    it('gives back what it had claimed and not begun', async () => {
      const steps = Array.from({ length: 30 }, (_, index) => `step${index}`);
      await addAttempts(
        store(),
        steps.map((step) => attemptRow({ step })),
      );

      await startTuner({ ...contextFor(store()), pollMs: 5 }).stop();

      const rows = await store().db.selectFrom('step').select('tune_due_at').execute();
      const claimed = rows.filter(
        (row) => row.tune_due_at !== null && row.tune_due_at.getTime() !== NOW.getTime(),
      );
      expect(rows).toHaveLength(30);
      expect(claimed).toEqual([]);
    });
  });
});

/** A store that lets something happen before its first transaction, as another process might. */
function interrupting(store: Store, happen: () => Promise<void>): Store {
  let isDone = false;
  const db = new Proxy(store.db, {
    get(target, property) {
      if (property === 'transaction' && !isDone) {
        isDone = true;
        return () => ({
          execute: async (
            work: Parameters<ReturnType<typeof target.transaction>['execute']>[0],
          ) => {
            await happen();
            return target.transaction().execute(work);
          },
        });
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { ...store, db };
}
