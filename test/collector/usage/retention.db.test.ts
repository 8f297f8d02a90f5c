import { recordUsage } from '@stepfit/collector/usage/record-usage';
import { maintainPartitions, type RetentionResult } from '@stepfit/collector/usage/retention';
import { sql } from 'kysely';
import { expect, test } from 'vitest';

import { attemptReport } from '../../support/attempt-report.ts';
import { onEachStore } from '../../support/database.ts';

const DAY_MS = 24 * 3_600_000;

onEachStore((store) => {
  async function maintain(now: string): Promise<RetentionResult> {
    return maintainPartitions(store().db, { now: new Date(now), retentionDays: 30 });
  }

  async function recordAt(...times: readonly string[]): Promise<void> {
    const timesMs = times.map((time) => Date.parse(time));
    await recordUsage(
      store().db,
      [
        attemptReport({
          startedAtMs: Date.parse('2026-06-01T00:00:00Z'),
          series: [
            { metric: 'process.memory.usage', series: '', timesMs, values: timesMs.map(() => 1) },
          ],
        }),
      ],
      { now: new Date(), maxStepsPerProject: 10 },
    );
  }

  /** Partition and number of rows, where there are any. */
  async function rowsByPartition(): Promise<Record<string, number>> {
    const { rows } = await sql<{ partition: string; count: number }>`
      select tableoid::regclass::text as partition, count(*)::int as count
      from usage_chunk group by 1 order by 1`.execute(store().db);
    return Object.fromEntries(rows.map(({ partition, count }) => [partition, count]));
  }

  test('the life of partitions: made ahead, found late, dropped when retention is over', async () => {
    const first = await maintain('2026-06-01T10:00:00Z');
    expect(first).toEqual({
      created: ['2026-06-01', '2026-06-02', '2026-06-03', '2026-06-04'],
      dropped: [],
    });
    expect(await maintain('2026-06-01T23:59:59Z')).toEqual({ created: [], dropped: [] });

    await recordAt('2026-06-01T10:00:00Z', '2026-06-01T10:01:00Z', '2026-06-04T23:59:59.999Z');
    expect(await rowsByPartition()).toEqual({ usage_chunk_20260601: 2, usage_chunk_20260604: 1 });

    // A spool file of a week ago arrives: its day has no partition yet.
    await recordAt('2026-05-25T00:00:00Z', '2026-05-25T23:59:59.999Z');
    expect(await rowsByPartition()).toMatchObject({ usage_chunk_default: 2 });
    expect(await maintain('2026-06-02T00:00:00Z')).toEqual({
      created: ['2026-05-25', '2026-06-05'],
      dropped: [],
    });
    expect(await rowsByPartition()).toEqual({
      usage_chunk_20260525: 2,
      usage_chunk_20260601: 2,
      usage_chunk_20260604: 1,
    });

    // Sending it again changes nothing, wherever the rows have gone.
    await recordAt('2026-05-25T00:00:00Z', '2026-05-25T23:59:59.999Z');
    expect(await rowsByPartition()).toMatchObject({ usage_chunk_20260525: 2 });

    // A point older than retention is not given a partition only to be dropped.
    await recordAt('2026-01-01T00:00:00Z');
    const later = await maintain('2026-07-02T00:00:00Z');
    expect(later.dropped).toEqual(['2026-05-25', '2026-06-01']);
    expect(later.created).toEqual(['2026-07-02', '2026-07-03', '2026-07-04', '2026-07-05']);
    expect(await rowsByPartition()).toEqual({ usage_chunk_20260604: 1 });
  });

  test('replicas that do it at once do it once', async () => {
    const now = Date.parse('2027-01-01T00:00:00Z');
    const results = await Promise.all(
      Array.from({ length: 4 }, () =>
        maintainPartitions(store().db, { now: new Date(now + DAY_MS), retentionDays: 30 }),
      ),
    );

    expect(results.flatMap(({ created }) => created)).toHaveLength(4);
  });
});
