import { readReportRows } from '@stepfit/api/report/report-rows';
import { MIGRATIONS } from '@stepfit/collector/db/migrations/all';
import type { StepDayTable } from '@stepfit/collector/db/tables';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';

import { emptyStore, onEachStore } from '../../support/database.ts';

const prices = { ...EXAMPLE_PRICES, cpuCoreHourUsd: 0, memoryGibHourUsd: 1, gpuHourUsd: 1 };

function day(flow: string, step: string, name: string, wastedGibHours: number): StepDayTable {
  return {
    project: 'default',
    flow,
    step,
    day: name,
    attempts: 1,
    runs: 1,
    succeeded: 1,
    failed: 0,
    oom: 0,
    lost: 0,
    duration_hours: 1,
    requested_gib_hours: 100,
    needed_gib_hours: 100 - wastedGibHours,
    wasted_gib_hours: wastedGibHours,
    requested_core_hours: 4,
    used_core_hours: 1,
    wasted_core_hours: 3,
    requested_gpu_hours: 0,
    busy_gpu_hours: 0,
    peak_memory_mib: wastedGibHours,
    peak_cores: 1,
  };
}

describe('the steps of a report', () => {
  onEachStore((store) => {
    beforeAll(async () => {
      const { db } = store();
      await emptyStore(store());
      // 2 November 2026 is a Monday.
      const days = [
        day('A', 'little', '2026-11-03', 1),
        day('A', 'worst', '2026-10-29', 20),
        day('A', 'worst', '2026-11-01', 20),
        day('A', 'worst', '2026-11-08', 20),
        day('B', 'equal', '2026-11-03', 10),
        day('A', 'equal', '2026-11-03', 10),
        day('B', 'busy', '2026-11-03', 0),
        { ...day('B', 'idle', '2026-11-03', 0), requested_gpu_hours: 5, busy_gpu_hours: 2 },
        { ...day('B', 'shared', '2026-11-03', 0), requested_gpu_hours: 1, busy_gpu_hours: 3 },
      ];
      const steps = new Map(
        days.map(({ project, flow, step }) => [flow + step, { project, flow, step }]),
      );
      await db
        .insertInto('step')
        .values([...steps.values()])
        .execute();
      await db.insertInto('step_day').values(days).execute();
      await sql`drop table step_week`.execute(db);
      await MIGRATIONS['0017-step-week']?.up(db);
    });

    function read(sinceDay: string, limit: number, flow?: string) {
      const window = { project: 'default', sinceDay, ...(flow !== undefined && { flow }) };
      return readReportRows(store().db, window, { prices, limit });
    }

    it('are the worst by money, equals by name', async () => {
      const { listed } = await read('2026-10-29', 4);

      expect(listed.map(({ flow, step }) => `${flow}/${step}`)).toEqual([
        'A/worst',
        'A/equal',
        'B/equal',
        'B/idle',
      ]);
    });

    it('are all in the totals, listed or not', async () => {
      const { totals } = await read('2026-10-29', 1);

      expect(totals).toMatchObject({
        flows: 2,
        steps: 7,
        attempts: 9,
        wasted_gib_hours: 81,
        peak_memory_mib: 20,
        idle_gpu_hours: 3,
      });
    });

    it.each([
      ['2026-10-29', 60],
      ['2026-10-30', 40],
      ['2026-11-01', 40],
      ['2026-11-02', 20],
      ['2026-11-03', 20],
      ['2026-11-08', 20],
    ])('count from %s on, in the middle of a week or at its beginning', async (since, wasted) => {
      const { listed } = await read(since, 10, 'A');

      expect(listed.find(({ step }) => step === 'worst')?.wasted_gib_hours).toBe(wasted);
    });

    it('are none where nothing ran', async () => {
      expect(await read('2026-12-01', 10)).toEqual({ listed: [] });
    });
  });
});
