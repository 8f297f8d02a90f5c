import { closeSilent } from '@stepfit/collector/usage/close-silent';
import { recordUsage } from '@stepfit/collector/usage/record-usage';
import type { AttemptReport } from '@stepfit/collector/usage/usage-report';
import { beforeEach, expect, test } from 'vitest';

import { attemptReport } from '../../support/attempt-report.ts';
import { emptyStore, onEachStore } from '../../support/database.ts';

const START = Date.parse('2026-06-01T12:00:00.000Z');
const HEARD_AT = new Date(START + 10_000);
const MIB = 2 ** 20;

onEachStore((store) => {
  beforeEach(async () => {
    await emptyStore(store());
  });

  async function record(...reports: AttemptReport[]): Promise<void> {
    await recordUsage(store().db, reports, { now: HEARD_AT, maxStepsPerProject: 100 });
  }

  /** Closes what is silent `afterMs` after the last word. */
  async function close(afterMs: number, listeningSince = new Date(START)): Promise<number> {
    const now = new Date(HEARD_AT.getTime() + afterMs);
    return closeSilent(store().db, { now, listeningSince, silenceMs: 120_000 });
  }

  async function outcomes(): Promise<object[]> {
    return store()
      .db.selectFrom('attempt')
      .select(['attempt', 'outcome', 'outcome_source', 'outcome_evidence', 'ended_at'])
      .orderBy('attempt')
      .execute();
  }

  test('an attempt that is silent for too long is lost, and ended with its last sample', async () => {
    await record(sampled({ memoryMiB: [100, 512] }));

    expect(await close(119_000)).toBe(0);
    expect(await close(121_000)).toBe(1);

    expect(await outcomes()).toEqual([
      {
        attempt: 0,
        outcome: 'lost',
        outcome_source: 'inferred',
        outcome_evidence: 'It last used 512 MiB, with no limit; then nothing for 121 s.',
        ended_at: new Date(START + 2_000),
      },
    ]);
    expect(await close(200_000)).toBe(0);
  });

  test('silence near a hard limit is an OOM; the last sample counts, not the highest', async () => {
    await record(sampled({ task: 'near', memoryMiB: [100, 990], limitMemoryMiB: 1_000 }));
    await record(sampled({ task: 'was near', memoryMiB: [990, 100], limitMemoryMiB: 1_000 }));

    await close(121_000);

    const rows = await store().db.selectFrom('attempt').select(['task', 'outcome']).execute();
    expect(new Map(rows.map(({ task, outcome }) => [task, outcome]))).toEqual(
      new Map([
        ['near', 'oom'],
        ['was near', 'lost'],
      ]),
    );
  });

  test('an OOM kill in its cgroup is an OOM', async () => {
    await record({ ...sampled({ memoryMiB: [10] }), oomKills: 1 });

    await close(121_000);

    expect(await outcomes()).toMatchObject([{ outcome: 'oom' }]);
  });

  test('an exit code that somebody saw closes it at once, and gives way to what the attempt says itself', async () => {
    await record({ ...sampled({ memoryMiB: [10] }), exitCode: -9 });

    expect(await close(0)).toBe(1);
    expect(await outcomes()).toMatchObject([
      {
        outcome: 'lost',
        outcome_source: 'inferred',
        outcome_evidence:
          'It last used 10 MiB, with no limit; then SIGKILL ended its process (exit code -9).',
      },
    ]);

    await record({
      ...sampled({ memoryMiB: [10] }),
      end: { outcome: 'oom', endedAtMs: START + 2_000 },
    });
    expect(await outcomes()).toMatchObject([{ outcome: 'oom', outcome_source: 'reported' }]);
    expect(await close(0)).toBe(0);
  });

  test('a newer attempt of the task closes the older ones at once', async () => {
    await record(sampled({ memoryMiB: [10] }), sampled({ attempt: 1, memoryMiB: [10] }));

    expect(await close(0)).toBe(1);

    expect(await outcomes()).toMatchObject([
      {
        outcome: 'lost',
        outcome_evidence: 'It last used 10 MiB, with no limit; then attempt 1 of the task began.',
      },
      { outcome: null },
    ]);
  });

  test('silence counts only since someone listens: an outage of the collector ends nothing', async () => {
    await record(sampled({ memoryMiB: [10] }));
    const listeningSince = new Date(HEARD_AT.getTime() + 3_600_000);

    expect(await close(3_600_000 + 119_000, listeningSince)).toBe(0);
    expect(await close(3_600_000 + 121_000, listeningSince)).toBe(1);
  });

  test('an attempt that has reported its end is left alone', async () => {
    await record({
      ...sampled({ memoryMiB: [10] }),
      end: { outcome: 'succeeded', endedAtMs: START + 3_000 },
    });

    expect(await close(1_000_000)).toBe(0);
  });

  test('an attempt without any sample ends when it started', async () => {
    await record(attemptReport({ startedAtMs: START }));

    await close(121_000);

    expect(await outcomes()).toMatchObject([{ outcome: 'lost', ended_at: new Date(START) }]);
  });
});

/** A sample each second. */
function sampled(options: {
  readonly memoryMiB: readonly number[];
  readonly task?: string;
  readonly attempt?: number;
  readonly limitMemoryMiB?: number;
}): AttemptReport {
  const { memoryMiB, task = 'task-1', attempt = 0, limitMemoryMiB } = options;
  const timesMs = memoryMiB.map((_, i) => START + (i + 1) * 1_000);
  return attemptReport({
    startedAtMs: START,
    identity: { task, attempt },
    facts: { features: {}, ...(limitMemoryMiB !== undefined && { limitMemoryMiB }) },
    lastSampleAtMs: Math.max(...timesMs),
    series: [
      {
        metric: 'process.memory.usage',
        series: '',
        timesMs,
        values: memoryMiB.map((value) => value * MIB),
      },
    ],
  });
}
