import { DEFAULT_INGEST_LIMITS } from '@stepfit/collector/ingest/ingest-limits';
import { startCollectorJobs } from '@stepfit/collector/jobs/start-jobs';
import { recordUsage } from '@stepfit/collector/usage/record-usage';
import { sql } from 'kysely';
import { expect, test, vi } from 'vitest';

import { attemptReport } from '../../support/attempt-report.ts';
import { onEachStore } from '../../support/database.ts';
import { recordingLog } from '../../support/recording-log.ts';

onEachStore((store) => {
  test('the jobs close, settle and partition by themselves, and stop', async () => {
    const started = new Date('2026-06-01T12:00:00Z');
    let now = started;
    await recordUsage(store().db, [attemptReport({ startedAtMs: started.getTime() })], {
      now,
      maxStepsPerProject: 10,
    });
    const log = recordingLog();
    const jobs = startCollectorJobs({
      store: store(),
      clock: () => now,
      log,
      limits: DEFAULT_INGEST_LIMITS,
      settleMs: 10,
      silenceCheckMs: 10,
      partitionsMs: 10,
    });
    now = new Date('2026-06-01T12:03:00Z');

    await vi.waitFor(
      async () => {
        const attempt = await store()
          .db.selectFrom('attempt')
          .selectAll()
          .executeTakeFirstOrThrow();
        expect(attempt).toMatchObject({ outcome: 'lost', settled_day: '2026-06-01' });
        const partitions = await sql`
          select 1 from pg_class where relname = 'usage_chunk_20260601'`.execute(store().db);
        expect(partitions.rows).toHaveLength(1);
      },
      { timeout: 30_000 },
    );
    await jobs.stop();

    expect(log.lines).toEqual([
      { level: 'info', fields: { attempts: 1 }, message: 'silent attempts closed' },
    ]);
  });
});
