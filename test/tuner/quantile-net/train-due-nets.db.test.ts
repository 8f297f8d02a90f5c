import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { Store } from '@stepfit/collector/db/open-store';
import { loadVerdictInput } from '@stepfit/tuner/history/load-verdict-input';
import type { Evidence, MemoryReplay } from '@stepfit/tuner/model/evidence';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { loadNewestNets } from '@stepfit/tuner/quantile-net/net-store';
import { createNetTrainer } from '@stepfit/tuner/quantile-net/train-due-nets';
import { contentId } from '@stepfit/tuner/suggestion/content-id';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import { exportLines, readStepExport } from '@stepfit/tuner/traces/step-export';
import { startTuner, tuneDueSteps } from '@stepfit/tuner/tuner-worker';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { emptyStore, onEachStore } from '../../support/database.ts';
import { silentLog } from '../../support/silent-log.ts';
import { stepsWithFeatures } from '../support/product-step.ts';
import { addAttempts, KEY, NOW, runs } from '../support/rows.ts';

// Networks are trained for real, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** Training and sizing are the same whatever the store. */
const ONE_STORE = ['pglite'] as const;
const STEPS = ['table', 'scan', 'plain'] as const;
const HIDE_TENSORFLOW = new URL('../support/hide-tensorflow.ts', import.meta.url);
const TRAIN = new URL('../support/train-and-tell.ts', import.meta.url);

function contextFor(store: Store) {
  return { store, clock: () => NOW, log: silentLog, prices: EXAMPLE_PRICES };
}

/** Evidence behind the suggestion for each step. */
async function evidenceOf({ db }: Store): Promise<Map<string, Evidence>> {
  const rows = await db
    .selectFrom('suggestion')
    .select(['step', 'body'])
    .where('state', '=', 'proposed')
    .execute();
  return new Map(rows.map(({ step, body }) => [step, (body as { evidence: Evidence }).evidence]));
}

function byFeatures(evidence: Evidence | undefined): MemoryReplay {
  const row = evidence?.memoryReplay.find(({ label }) => label === 'shadow by features');
  if (row === undefined) throw new Error('nothing was replayed by features');
  return row;
}

describe('a project with a step of several features', () => {
  onEachStore((store) => {
    let before: Map<string, Evidence>;
    beforeAll(async () => {
      await emptyStore(store());
      await addAttempts(store(), stepsWithFeatures(1200));
      await tuneDueSteps({ ...contextFor(store()), network: 'on' });
      before = await evidenceOf(store());
      await createNetTrainer(contextFor(store())).round();
      await tuneDueSteps({ ...contextFor(store()), network: 'on' });
    });

    it('gets networks by what had ended until then, each on half as many attempts again', async () => {
      const nets = await loadNewestNets(store().db, KEY.project);
      const rows = await store()
        .db.selectFrom('quantile_net')
        .select('attempts')
        .orderBy('learnt_until')
        .execute();
      expect(rows.map(({ attempts }) => attempts)).toEqual([105, 158, 237, 355, 533, 800, 1200]);
      expect(nets).toHaveLength(7);
      for (const { learntUntilMs, weights } of nets) {
        expect(learntUntilMs).toBeLessThan(NOW.getTime());
        expect(weights.steps).toEqual(STEPS.map((step) => `Train/${step}`));
      }
    });

    it('lets the network decide where it wins on waste, and nowhere else', async () => {
      const after = await evidenceOf(store());
      expect(before.get('table')?.memoryMethod?.shadow).not.toBe('network');
      expect(after.get('table')?.memoryMethod?.shadow).toBe('network');
      const [then, now] = [byFeatures(before.get('table')), byFeatures(after.get('table'))];
      expect(now.wastedGibHours).toBeLessThan(0.8 * then.wastedGibHours);
      expect(now.failures).toBeLessThanOrEqual(then.failures);
      for (const step of ['scan', 'plain']) expect(after.get(step)).toEqual(before.get(step));
      // What is suggested is one value for all attempts: no feature, no network.
      expect(after.get('table')?.memoryReplay.filter(({ kind }) => kind === 'value')).toEqual(
        before.get('table')?.memoryReplay.filter(({ kind }) => kind === 'value'),
      );
    });

    it('exports the networks that a verdict rested on, and no others, so that it can be come to again', async () => {
      for (const step of STEPS) {
        const key = { ...KEY, step };
        const found = await loadVerdictInput(store().db, key, EXAMPLE_PRICES);
        expect(found.input.nets?.length).toBe(step === 'table' ? 7 : undefined);
        const lines = [...exportLines({ project: KEY.project, ...found })];
        const [read] = readStepExport(lines.join('\n')).steps;
        expect(read === undefined ? undefined : contentId(decideStep(read.input))).toBe(
          found.verdict?.verdictId,
        );
      }
    });

    it('never asks a network about attempts that it has learnt from', async () => {
      const { input } = await loadVerdictInput(
        store().db,
        { ...KEY, step: 'table' },
        EXAMPLE_PRICES,
      );
      const { nets = [], ...rest } = input;
      const started = Math.max(...input.history.map(({ startedAtMs }) => startedAtMs));
      const future = nets.map((net) => ({ ...net, learntUntilMs: started }));
      const withFuture = decideStep({ ...rest, nets: future });
      const without = decideStep(rest);
      // Only what it would ask for now may differ: no attempt of the history started after them.
      function replayOf(verdict: typeof without) {
        if (verdict.kind === 'skip') throw new Error('no suggestion');
        const { memoryMiB: _now, ...row } = byFeatures(verdict.evidence);
        return row;
      }
      expect(replayOf(withFuture)).toEqual(replayOf(without));
    });
  }, ONE_STORE);
});

describe('the networks of a project', () => {
  onEachStore((store) => {
    // What they have learnt does not matter here.
    const training = { maxEpochs: 1 };
    beforeAll(async () => {
      await emptyStore(store());
      await addAttempts(store(), stepsWithFeatures(150));
      await createNetTrainer({ ...contextFor(store()), training }).round();
    });

    it('are not trained again while it has not grown by half', async () => {
      const trainer = createNetTrainer({ ...contextFor(store()), training });
      await addAttempts(store(), runs(74, { step: 'plain' }, 10_000));
      expect(await trainer.round()).toBe(0);
      await addAttempts(store(), runs(1, { step: 'plain' }, 20_000));
      expect(await trainer.round()).toBe(1);
      expect(await trainer.round()).toBe(0);
    });

    it('are forgotten where no verdict rests on them any more, beyond the newest eight', async () => {
      await store()
        .db.insertInto('quantile_net')
        .values(
          Array.from({ length: 9 }, (_, age) => ({
            project: KEY.project,
            basis_id: `old${age}`,
            learnt_until: new Date(age),
            attempts: 1,
            trained_at: NOW,
            body: '{}',
          })),
        )
        .execute();
      await store()
        .db.updateTable('step')
        .set({ basis_ids: ['old0'] })
        .where('step', '=', 'table')
        .execute();
      await addAttempts(store(), runs(150, { step: 'plain' }, 30_000));

      expect(await createNetTrainer({ ...contextFor(store()), training }).round()).toBe(1);

      const kept = await store().db.selectFrom('quantile_net').select('basis_id').execute();
      const old = kept.map(({ basis_id }) => basis_id).filter((id) => id.startsWith('old'));
      // Four were trained here, and the verdict on the table rests on the oldest of all.
      expect(old.toSorted()).toEqual(['old0', 'old5', 'old6', 'old7', 'old8']);
      expect(kept).toHaveLength(9);
    });
  });
});

describe('a training that fails', () => {
  onEachStore((store) => {
    beforeEach(async () => {
      await emptyStore(store());
      await addAttempts(store(), stepsWithFeatures(330));
    });

    it.each([
      ['dies', { training: { heapMb: 4 } }],
      ['hangs', { training: { maxEpochs: 1e9 }, limitMs: 500 }],
    ])('is logged where its worker %s, and nothing else comes of it', async (_how, options) => {
      const warnings: object[] = [];
      const log = { ...silentLog, warn: (fields: object) => void warnings.push(fields) };
      const trainer = createNetTrainer({ ...contextFor(store()), ...options, log });

      expect(await trainer.round()).toBe(0);

      expect(warnings).toMatchObject([{ project: KEY.project }]);
      expect(await tuneDueSteps({ ...contextFor(store()), network: 'on' })).toBe(3);
      // Not again until the project has grown.
      expect(await trainer.round()).toBe(0);
      expect(warnings).toHaveLength(1);
    });

    it('does not keep tuning waiting, nor the tuner from stopping', async () => {
      const { promise: tuned, resolve } = Promise.withResolvers<number>();
      const tuner = startTuner({
        ...contextFor(store()),
        network: 'on',
        training: { maxEpochs: 1e9 },
        pollMs: 5,
        meters: { stepsTuned: resolve },
      });
      expect(await tuned).toBe(3);
      await tuner.stop();
    });

    it('trains nothing where the server is told not to', async () => {
      const { promise: tuned, resolve } = Promise.withResolvers<number>();
      const tuner = startTuner({
        ...contextFor(store()),
        network: 'off',
        pollMs: 5,
        meters: { stepsTuned: resolve },
      });
      await tuned;
      await tuner.stop();
      expect(await store().db.selectFrom('quantile_net').selectAll().execute()).toEqual([]);
    });
  }, ONE_STORE);
});

it('does without TensorFlow.js where it is not installed, and says so once', async () => {
  // Workers start with the same hook.
  const args = ['--import', HIDE_TENSORFLOW.href, fileURLToPath(TRAIN)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(JSON.parse(stdout)).toEqual({
    rounds: [0, 0],
    messages: ['no network is trained: TensorFlow.js is not installed'],
    tuned: 3,
    methods: { table: 'quantile regression', scan: 'linear-local rows', plain: 'constant' },
  });
});
