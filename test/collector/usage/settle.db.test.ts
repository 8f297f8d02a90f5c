import { recordUsage } from '@stepfit/collector/usage/record-usage';
import { settleAll } from '@stepfit/collector/usage/settle';
import type { AttemptReport } from '@stepfit/collector/usage/usage-report';
import { beforeEach, expect, test } from 'vitest';

import { attemptReport } from '../../support/attempt-report.ts';
import { emptyStore, onEachStore } from '../../support/database.ts';

const START = Date.parse('2026-06-01T12:00:00.000Z');
const NOW = new Date('2026-06-01T13:00:00.000Z');
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
});
