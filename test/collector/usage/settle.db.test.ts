import { MIGRATIONS } from '@stepfit/collector/db/migrations/all';
import type { StepDayTable } from '@stepfit/collector/db/tables';
import { recordUsage } from '@stepfit/collector/usage/record-usage';
import { settleAll } from '@stepfit/collector/usage/settle';
import type { AttemptReport } from '@stepfit/collector/usage/usage-report';
import { type Selectable, sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';

import { attemptReport } from '../../support/attempt-report.ts';
import { emptyStore, onEachStore } from '../../support/database.ts';

const START = Date.parse('2026-06-01T12:00:00.000Z');
const NOW = new Date('2026-06-01T13:00:00.000Z');
const HOUR_MS = 3_600_000;
const GIB = 1024;

onEachStore((store) => {
  beforeEach(async () => {
    await emptyStore(store());
  });

  async function record(...reports: AttemptReport[]): Promise<void> {
    await recordUsage(store().db, reports, { now: NOW, maxStepsPerProject: 100 });
  }

  test('an ended attempt gets its profile, its day and a note to the tuner', async () => {
    // One hour: 1,800 s at 4 cores, then 1,800 s idle; asked for 8 cores and 16 GiB, needed 4 GiB.
    await record(
      attemptReport({
        startedAtMs: START,
        facts: { requestCpuCores: 8, requestMemoryMiB: 16 * GIB, features: {} },
        peak: { memoryMiB: 4 * GIB, source: 'cgroup-peak' },
        cpuSeconds: 7_200,
        series: [
          {
            metric: 'process.cpu.time',
            series: 'user',
            timesMs: [START, START + 1_800_000, START + 3_600_000],
            values: [0, 7_200, 7_200],
          },
        ],
        end: { outcome: 'succeeded', endedAtMs: START + 3_600_000 },
      }),
    );

    expect(await settleAll(store().db, NOW)).toBe(1);

    const attempt = await store().db.selectFrom('attempt').selectAll().executeTakeFirstOrThrow();
    expect(attempt).toMatchObject({
      duration_ms: 3_600_000,
      profile_cores: [0, 4],
      profile_seconds: [1_800, 1_800],
      peak_cores: 4,
      cpu_seconds: 7_200,
      settled_at: NOW,
      settled_day: '2026-06-01',
    });
    const day = await store().db.selectFrom('step_day').selectAll().executeTakeFirstOrThrow();
    expect(day).toEqual({
      project: 'default',
      flow: 'TrainFlow',
      step: 'train',
      day: '2026-06-01',
      attempts: 1,
      runs: 1,
      succeeded: 1,
      failed: 0,
      oom: 0,
      lost: 0,
      duration_hours: 1,
      requested_gib_hours: 16,
      needed_gib_hours: 4,
      wasted_gib_hours: 12,
      requested_core_hours: 8,
      used_core_hours: 2,
      wasted_core_hours: 6,
      requested_gpu_hours: 0,
      busy_gpu_hours: 0,
      peak_memory_mib: 4_096,
      peak_cores: 4,
    });
    const step = await store().db.selectFrom('step').selectAll().executeTakeFirstOrThrow();
    expect(step).toMatchObject({
      settled_attempts: 1,
      last_attempt_at: new Date(START + 3_600_000),
      tune_due_at: NOW,
    });
    expect(await settleAll(store().db, NOW)).toBe(0);
  });

  /** An hour on one day, with what matters for the roll-up. */
  function hour(
    task: string,
    outcome: NonNullable<AttemptReport['end']>['outcome'],
    facts: Omit<AttemptReport['facts'], 'features'>,
    measured: Pick<AttemptReport, 'peak' | 'cpuSeconds'> = {},
  ): AttemptReport {
    return attemptReport({
      startedAtMs: START,
      identity: { run: `run-${task}`, task },
      facts: { ...facts, features: {} },
      ...measured,
      end: { outcome, endedAtMs: START + HOUR_MS },
    });
  }

  async function days(): Promise<Selectable<StepDayTable>[]> {
    return store().db.selectFrom('step_day').selectAll().orderBy('day').execute();
  }

  test('a day adds up attempts; waste counts only where request and need are both known', async () => {
    const peak = { memoryMiB: 2 * GIB, source: 'vm-hwm' } as const;
    await record(
      hour(
        '1',
        'succeeded',
        { requestMemoryMiB: 8 * GIB, requestCpuCores: 4 },
        { peak, cpuSeconds: 3_600 },
      ),
      // Lacks memory: its waste is 0, not -1, and takes nothing from that of the first.
      hour('2', 'oom', { requestMemoryMiB: GIB, requestCpuCores: 1 }, { peak, cpuSeconds: 7_200 }),
      hour('3', 'failed', { requestMemoryMiB: 100 * GIB, requestCpuCores: 100 }),
      hour('4', 'timeout', {}, { peak, cpuSeconds: 3_600 }),
      hour('5', 'lost', {}),
      // Cloned by a resumed run: it did not run.
      hour('6', 'cached', { requestMemoryMiB: GIB }, { peak }),
    );

    await settleAll(store().db, NOW);

    expect(await days()).toMatchObject([
      {
        attempts: 5,
        runs: 5,
        succeeded: 1,
        failed: 2,
        oom: 1,
        lost: 1,
        duration_hours: 5,
        requested_gib_hours: 9,
        needed_gib_hours: 4,
        wasted_gib_hours: 6,
        requested_core_hours: 5,
        used_core_hours: 3,
        wasted_core_hours: 3,
        peak_memory_mib: 2 * GIB,
      },
    ]);
  });

  test('GPUs: requested against busy, with what sizing reads of them', async () => {
    const timesMs = [START, START + HOUR_MS];
    await record(
      attemptReport({
        startedAtMs: START,
        facts: { requestGpuCount: 4, features: {} },
        series: [
          { metric: 'hw.gpu.utilization', series: 'GPU-0', timesMs, values: [0.5, 0.9] },
          { metric: 'hw.gpu.utilization', series: 'GPU-1', timesMs, values: [0, 0] },
          { metric: 'hw.gpu.memory.usage', series: 'GPU-0', timesMs, values: [2 ** 30, 2 ** 31] },
          { metric: 'hw.gpu.memory.limit', series: 'GPU-0', timesMs, values: [2 ** 34, 2 ** 34] },
        ],
        end: { outcome: 'succeeded', endedAtMs: START + HOUR_MS },
      }),
    );

    await settleAll(store().db, NOW);

    expect(await days()).toMatchObject([{ requested_gpu_hours: 4, busy_gpu_hours: 0.5 }]);
    const attempt = await store().db.selectFrom('attempt').selectAll().executeTakeFirstOrThrow();
    expect(attempt).toMatchObject({
      gpu_seen_count: 2,
      gpu_used_count: 2,
      gpu_peak_utilization: 0.9,
      gpu_mean_utilization: 0.25,
      gpu_peak_memory_mib: 2_048,
      gpu_memory_limit_mib: 16_384,
    });
  });

  test('late data that moves the end to another day leaves nothing behind on the old one', async () => {
    await record(hour('1', 'lost', {}));
    await store().db.updateTable('attempt').set({ outcome_source: 'inferred' }).execute();
    await settleAll(store().db, NOW);
    expect((await days()).map(({ day, lost }) => [day, lost])).toEqual([['2026-06-01', 1]]);

    await record({
      ...hour('1', 'succeeded', {}),
      end: { outcome: 'succeeded', endedAtMs: START + 24 * HOUR_MS },
    });
    await settleAll(store().db, NOW);

    expect((await days()).map(({ day, lost, succeeded }) => [day, lost, succeeded])).toEqual([
      ['2026-06-02', 0, 1],
    ]);
    const step = await store().db.selectFrom('step').selectAll().executeTakeFirstOrThrow();
    expect(step.settled_attempts).toBe(1);
  });

  test('a week is what its days from Monday on add up to, however late its attempts come', async () => {
    function onDay(day: string, task: string): AttemptReport {
      const startedAtMs = Date.parse(`${day}T10:00:00Z`);
      return {
        ...hour(
          task,
          'succeeded',
          { requestMemoryMiB: 8 * GIB },
          {
            peak: { memoryMiB: Number(task) * GIB, source: 'vm-hwm' },
          },
        ),
        startedAtMs,
        end: { outcome: 'succeeded', endedAtMs: startedAtMs + HOUR_MS },
      };
    }
    // 1 June 2026 is a Monday.
    await record(onDay('2026-05-31', '1'), onDay('2026-06-01', '2'), onDay('2026-06-07', '3'));
    await settleAll(store().db, NOW);
    await record(onDay('2026-06-03', '4'), onDay('2026-06-08', '5'));
    await settleAll(store().db, NOW);

    const weeks = await store().db.selectFrom('step_week').selectAll().orderBy('week').execute();
    expect(weeks).toMatchObject([
      { week: '2026-05-25', attempts: 1, needed_gib_hours: 1, wasted_gib_hours: 7 },
      { week: '2026-06-01', attempts: 3, needed_gib_hours: 9, peak_memory_mib: 4 * GIB },
      { week: '2026-06-08', attempts: 1, runs: 1, succeeded: 1, duration_hours: 1 },
    ]);

    await sql`drop table step_week`.execute(store().db);
    await MIGRATIONS['0017-step-week']?.up(store().db);

    expect(
      await store().db.selectFrom('step_week').selectAll().orderBy('week').execute(),
      'a store of before it had weeks gets the same ones',
    ).toEqual(weeks);
  });

  test('an attempt that settles again after its series were dropped keeps its profile', async () => {
    const cpu = {
      metric: 'process.cpu.time',
      series: 'user',
      timesMs: [START, START + HOUR_MS],
      values: [0, 7_200],
    } as const;
    await record({ ...hour('1', 'succeeded', {}), series: [cpu] });
    await settleAll(store().db, NOW);
    await store().db.deleteFrom('usage_chunk').execute();

    await record({ ...hour('1', 'succeeded', { qos: 'Burstable' }) });
    expect(await settleAll(store().db, NOW)).toBe(1);

    const attempt = await store().db.selectFrom('attempt').selectAll().executeTakeFirstOrThrow();
    expect(attempt).toMatchObject({
      profile_cores: [2],
      profile_seconds: [3_600],
      cpu_seconds: 7_200,
    });
  });

  test('more attempts than one transaction takes, and replicas at once, are each counted once', async () => {
    const reports = ['load', 'train', 'score'].flatMap((step) =>
      Array.from({ length: 250 }, (_, task) => {
        const report = hour(
          String(task),
          'succeeded',
          { requestCpuCores: 1 },
          { cpuSeconds: 1_800 },
        );
        return attemptReport({ ...report, identity: { ...report.identity, step } });
      }),
    );
    await record(...reports);

    const settled = await Promise.all(Array.from({ length: 4 }, () => settleAll(store().db, NOW)));
    // A replica that meets only locked steps goes away; the last one finishes what is left.
    settled.push(await settleAll(store().db, NOW));

    expect(settled.reduce((sum, count) => sum + count, 0)).toBe(750);
    const rows = await days();
    expect(rows.map(({ attempts, used_core_hours }) => [attempts, used_core_hours])).toEqual([
      [250, 125],
      [250, 125],
      [250, 125],
    ]);
    const steps = await store().db.selectFrom('step').select('settled_attempts').execute();
    expect(steps.map(({ settled_attempts }) => settled_attempts)).toEqual([250, 250, 250]);
  });
});
