import { DEFAULT_INGEST_LIMITS, type IngestLimits } from '@stepfit/collector/ingest/ingest-limits';
import { createUsageWriter, type UsageWriter } from '@stepfit/collector/ingest/usage-writer';
import type { AttemptReport } from '@stepfit/collector/usage/usage-report';
import { beforeEach, expect, test } from 'vitest';

import { attemptReport } from '../../support/attempt-report.ts';
import { emptyStore, onEachStore } from '../../support/database.ts';
import { silentLog } from '../../support/silent-log.ts';

const START = Date.parse('2026-06-01T12:00:00.000Z');

onEachStore((store) => {
  let writer: UsageWriter;
  let commits: number[];

  function createWriter(limits: Partial<IngestLimits> = {}): UsageWriter {
    return createUsageWriter({
      store: store(),
      clock: () => new Date(),
      log: silentLog,
      limits: { ...DEFAULT_INGEST_LIMITS, ...limits },
      meters: {
        pointsStored: (count) => commits.push(count),
        pointsRejected() {},
        attemptsSettled() {},
      },
    });
  }

  beforeEach(async () => {
    await emptyStore(store());
    commits = [];
    writer = createWriter();
  });

  async function storedTasks(): Promise<readonly string[]> {
    const rows = await store().db.selectFrom('attempt').select('task').orderBy('task').execute();
    return rows.map(({ task }) => task);
  }

  test('what arrives during a transaction shares the next', async () => {
    await Promise.all(Array.from({ length: 10 }, (_, i) => writer.write([onePoint(`task-${i}`)])));

    expect(commits).toEqual([1, 9]);
    expect(await storedTasks()).toHaveLength(10);
  });

  test('a request that the store cannot hold fails alone', async () => {
    // What the decoders never let through: a NUL, which no text column takes.
    const results = await Promise.allSettled(
      ['a', 'b', 'c\0', 'd'].map(async (task) => writer.write([onePoint(task)])),
    );

    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await storedTasks()).toEqual(['a', 'b', 'd']);
  });

  test('what waits is bounded, also where it is ends without points', async () => {
    const narrow = createWriter({ maxWaitingPoints: 25 });
    const results = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map(async (task) => narrow.write([end(task)])),
    );

    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
    expect(await storedTasks()).toEqual(['a', 'b', 'c']);
  });

  test('closing waits for what was accepted, and refuses what comes after', async () => {
    const accepted = ['a', 'b', 'c'].map(async (task) => writer.write([onePoint(task)]));

    await writer.close();

    expect(await storedTasks()).toEqual(['a', 'b', 'c']);
    await Promise.all(accepted);
    await expect(writer.write([onePoint('d')])).rejects.toMatchObject({
      code: 'store-unavailable',
    });
  });
});

function end(task: string): AttemptReport {
  return attemptReport({
    startedAtMs: START,
    identity: { task },
    end: { outcome: 'succeeded', endedAtMs: START + 1000 },
  });
}

function onePoint(task: string): AttemptReport {
  return attemptReport({
    startedAtMs: START,
    identity: { task },
    series: [{ metric: 'process.memory.usage', series: '', timesMs: [START], values: [1] }],
  });
}
