import type { AttemptTable } from '@stepfit/collector/db/tables';
import { recordUsage } from '@stepfit/collector/usage/record-usage';
import { settleAll } from '@stepfit/collector/usage/settle';
import type { AttemptReport } from '@stepfit/collector/usage/usage-report';
import * as fc from 'fast-check';
import type { Selectable } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';

import { attemptReport } from '../../support/attempt-report.ts';
import { emptyStore, onEachStore } from '../../support/database.ts';

const START = Date.parse('2026-06-01T12:00:00.000Z');
const NOW = new Date('2026-06-01T13:00:00.000Z');
const LATER = new Date('2026-06-01T14:00:00.000Z');

onEachStore((store) => {
  beforeEach(async () => {
    await emptyStore(store());
  });

  async function record(
    reports: readonly AttemptReport[],
    now = NOW,
  ): Promise<ReadonlySet<string>> {
    const { refusedSteps } = await recordUsage(store().db, reports, { now, maxStepsPerProject: 3 });
    return refusedSteps;
  }

  async function attempt(): Promise<Selectable<AttemptTable>> {
    return store().db.selectFrom('attempt').selectAll().executeTakeFirstOrThrow();
  }

  /** Everything that ingest writes, in an order of its own. */
  async function contents(): Promise<object> {
    const { db } = store();
    return {
      attempts: await db.selectFrom('attempt').selectAll().orderBy('attempt_id').execute(),
      chunks: await db
        .selectFrom('usage_chunk')
        .selectAll()
        .orderBy('attempt_id')
        .orderBy('metric')
        .orderBy('series')
        .orderBy('chunk_start')
        .execute(),
      steps: await db.selectFrom('step').selectAll().orderBy('step').execute(),
    };
  }

  describe('series', () => {
    test('points of one minute share a row, whatever the order in which they come', async () => {
      await record([memory([30_000, 3], [60_000, 4])]);
      await record([memory([10_000, 1], [20_000, 2])]);

      const chunks = await store()
        .db.selectFrom('usage_chunk')
        .select(['chunk_start', 'offsets_ms', 'point_values'])
        .orderBy('chunk_start')
        .execute();

      expect(chunks).toEqual([
        {
          chunk_start: new Date(START),
          offsets_ms: [10_000, 20_000, 30_000],
          point_values: [1, 2, 3],
        },
        { chunk_start: new Date(START + 60_000), offsets_ms: [0], point_values: [4] },
      ]);
    });

    test('a point is the one that came first at its time', async () => {
      await record([memory([1_000, 1], [2_000, 2])]);
      await record([memory([1_000, 99], [3_000, 3])]);

      const chunk = await store()
        .db.selectFrom('usage_chunk')
        .selectAll()
        .executeTakeFirstOrThrow();
      expect(chunk).toMatchObject({ offsets_ms: [1_000, 2_000, 3_000], point_values: [1, 2, 3] });
    });
  });

  describe('the attempt', () => {
    test('keeps the first word on each fact, and what was said later of others', async () => {
      await record([facts({ backend: 'local', features: { rows: 1 } })]);
      await record([
        facts({ backend: 'batch', qos: 'Burstable', features: { rows: 2, table: 'x' } }),
      ]);

      expect(await attempt()).toMatchObject({
        backend: 'local',
        qos: 'Burstable',
        features: { rows: 1, table: 'x' },
      });
    });

    test('peaks are only raised, and the more trustworthy source names an equal one', async () => {
      await record([
        attemptReport({ startedAtMs: START, peak: { memoryMiB: 200, source: 'rss' } }),
      ]);
      await record([
        attemptReport({ startedAtMs: START, peak: { memoryMiB: 100, source: 'vm-hwm' } }),
      ]);
      expect(await attempt()).toMatchObject({ peak_memory_mib: 200, peak_memory_source: 'rss' });

      await record([
        attemptReport({ startedAtMs: START, peak: { memoryMiB: 200, source: 'vm-hwm' } }),
      ]);
      expect(await attempt()).toMatchObject({ peak_memory_mib: 200, peak_memory_source: 'vm-hwm' });

      await record([
        attemptReport({ startedAtMs: START, peak: { memoryMiB: 300, source: 'rss' } }),
      ]);
      expect(await attempt()).toMatchObject({ peak_memory_mib: 300, peak_memory_source: 'rss' });
    });

    test('totals are only raised, each by itself', async () => {
      const io = { diskReadBytes: 10, diskWrittenBytes: 20 };
      await record([
        attemptReport({
          startedAtMs: START,
          facts: { features: {}, limitCpuCores: 1.5 },
          cpuThrottledSeconds: 3,
          io,
        }),
      ]);
      await record([
        attemptReport({
          startedAtMs: START,
          cpuThrottledSeconds: 2,
          io: { diskReadBytes: 5, networkReceivedBytes: 7, networkSentBytes: 8 },
        }),
        attemptReport({ startedAtMs: START, io: { diskWrittenBytes: 30 } }),
      ]);
      expect(await attempt()).toMatchObject({
        limit_cpu_cores: 1.5,
        cpu_throttled_seconds: 3,
        disk_read_bytes: 10,
        disk_written_bytes: 30,
        network_received_bytes: 7,
        network_sent_bytes: 8,
      });
    });

    test('of two reported outcomes the more specific failure is kept, with its evidence', async () => {
      await record([ended('failed', 5_000, 'exit code 137')]);
      await record([ended('oom', 6_000, 'the kernel killed it')]);
      await record([ended('succeeded', 7_000, 'it finished')]);

      expect(await attempt()).toMatchObject({
        outcome: 'oom',
        outcome_source: 'reported',
        outcome_evidence: 'the kernel killed it',
        ended_at: new Date(START + 6_000),
      });
    });

    test('is closed by its span, though points come later', async () => {
      await record([ended('succeeded', 5_000)]);
      await record([memory([4_000, 1])]);

      expect(await attempt()).toMatchObject({ outcome: 'succeeded', outcome_source: 'reported' });
    });
  });

  describe('an attempt that was only inferred to be lost', () => {
    async function inferLost(): Promise<void> {
      await store()
        .db.updateTable('attempt')
        .set({
          outcome: 'lost',
          outcome_source: 'inferred',
          outcome_evidence: 'silence',
          ended_at: new Date(START + 10_000),
        })
        .execute();
      await settleAll(store().db, NOW);
    }

    test.each([
      ['a later point', () => memory([20_000, 1])],
      ['an earlier point', () => memory([5_000, 1])],
    ])('is open again after %s', async (_, report) => {
      await record([memory([10_000, 1])]);
      await inferLost();

      await record([report()], LATER);

      expect(await attempt()).toMatchObject({
        outcome: null,
        outcome_source: null,
        outcome_evidence: null,
        ended_at: null,
        settled_at: null,
        last_seen_at: LATER,
      });
    });

    test('takes a late span’s word', async () => {
      await record([memory([10_000, 1])]);
      await inferLost();

      await record([ended('succeeded', 30_000)]);

      expect(await attempt()).toMatchObject({
        outcome: 'succeeded',
        outcome_source: 'reported',
        ended_at: new Date(START + 30_000),
        settled_at: null,
      });
    });

    test('stays closed when it only repeats itself', async () => {
      await record([memory([10_000, 1])]);
      await inferLost();
      const before = await contents();

      await record([memory([10_000, 1])], LATER);

      expect(await contents()).toEqual(before);
    });
  });

  describe('idempotency', () => {
    test('a settled attempt that is sent again stays settled', async () => {
      const reports = [memory([1_000, 1], [2_000, 2]), ended('succeeded', 3_000)];
      await record(reports);
      await settleAll(store().db, NOW);
      const before = await contents();

      await record(reports, LATER);
      await record([...reports, ...reports].toReversed(), LATER);

      expect(await contents()).toEqual(before);
    });

    test('any new point makes it unsettled', async () => {
      await record([memory([1_000, 1], [3_000, 1]), ended('succeeded', 3_000)]);
      await settleAll(store().db, NOW);

      await record([memory([2_000, 1])], LATER);

      expect(await attempt()).toMatchObject({ settled_at: null, last_seen_at: LATER });
    });

    test('any reports in any order and grouping, any of them repeated, come to the same', async () => {
      await fc.assert(
        fc.asyncProperty(deliveries, async ({ reports, again }) => {
          await emptyStore(store());
          for (const report of reports) await record([report]);
          const expected = await contents();

          await emptyStore(store());
          for (const group of again) await record(group);

          expect(await contents()).toEqual(expected);
        }),
        { numRuns: 25 },
      );
    });
  });

  describe('steps', () => {
    test('are admitted up to the project’s limit, and nothing of the rest is stored', async () => {
      const steps = ['a', 'b', 'c', 'd', 'e'].map((step) =>
        attemptReport({ startedAtMs: START, identity: { step } }),
      );
      await record(steps.slice(0, 2));

      const refused = await record(steps);

      expect(refused).toEqual(new Set(['default\0TrainFlow\0d', 'default\0TrainFlow\0e']));
      const stored = await store()
        .db.selectFrom('attempt')
        .select('step')
        .orderBy('step')
        .execute();
      expect(stored.map(({ step }) => step)).toEqual(['a', 'b', 'c']);
    });

    test('are counted for each project by itself', async () => {
      await record(
        ['a', 'b', 'c'].map((step) => attemptReport({ startedAtMs: START, identity: { step } })),
      );

      const refused = await record([
        attemptReport({ startedAtMs: START, identity: { project: 'acme', step: 'a' } }),
      ]);

      expect(refused.size).toBe(0);
    });
  });
});

function memory(...points: readonly (readonly [atMs: number, value: number])[]): AttemptReport {
  const times = points.map(([atMs]) => START + atMs);
  return attemptReport({
    startedAtMs: START,
    lastSampleAtMs: Math.max(...times),
    series: [
      {
        metric: 'process.memory.usage',
        series: '',
        timesMs: times,
        values: points.map(([, value]) => value),
      },
    ],
  });
}

function facts(known: AttemptReport['facts']): AttemptReport {
  return attemptReport({ startedAtMs: START, facts: known });
}

function ended(
  outcome: 'succeeded' | 'failed' | 'oom',
  atMs: number,
  evidence?: string,
): AttemptReport {
  return attemptReport({
    startedAtMs: START,
    end: { outcome, endedAtMs: START + atMs, ...(evidence !== undefined && { evidence }) },
  });
}

/** Reports of a few attempts whose points have one value for each time, as a sampler's have. */
const anyReport: fc.Arbitrary<AttemptReport> = fc
  .record({
    task: fc.constantFrom('1', '2'),
    times: fc.uniqueArray(fc.nat({ max: 200 }), { maxLength: 6 }),
    peak: fc.option(fc.nat({ max: 3 })),
    source: fc.constantFrom('cgroup-peak' as const, 'vm-hwm' as const, 'rss' as const),
    outcome: fc.option(fc.constantFrom('succeeded' as const, 'failed' as const, 'oom' as const)),
  })
  .map(({ task, times, peak, source, outcome }) => {
    const timesMs = times.map((time) => START + time * 1_000);
    return attemptReport({
      startedAtMs: START,
      identity: { task },
      series: [
        { metric: 'process.memory.usage' as const, series: '', timesMs, values: times },
      ].filter(() => times.length > 0),
      ...(times.length > 0 && { lastSampleAtMs: Math.max(...timesMs) }),
      ...(peak !== null && { peak: { memoryMiB: peak, source } }),
      // An outcome determines its time here, as one attempt ends once.
      ...(outcome !== null && { end: { outcome, endedAtMs: START + outcome.length } }),
    });
  });

/** Some reports, and the same ones shuffled, repeated and grouped. */
const deliveries = fc.array(anyReport, { minLength: 1, maxLength: 6 }).chain((reports) =>
  fc.record({
    reports: fc.constant(reports),
    again: fc
      .tuple(
        fc.shuffledSubarray(reports, { minLength: reports.length }),
        fc.shuffledSubarray(reports),
        fc.integer({ min: 1, max: 4 }),
      )
      .map(([all, some, size]) => inGroups([...all, ...some], size)),
  }),
);

function inGroups<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
