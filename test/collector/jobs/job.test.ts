import { startJob } from '@stepfit/collector/jobs/job';
import { expect, test } from 'vitest';

import { recordingLog } from '../../support/recording-log.ts';

test('rounds follow each other while there is work, and stop waits for the last', async () => {
  let rounds = 0;
  let underWay = 0;
  const seen: number[] = [];
  const enough = Promise.withResolvers<void>();
  const job = startJob({
    name: 'test',
    restMs: 3_600_000,
    log: recordingLog(),
    async round() {
      underWay += 1;
      seen.push(underWay);
      await Promise.resolve();
      underWay -= 1;
      rounds += 1;
      if (rounds === 5) enough.resolve();
      return rounds < 5;
    },
  });

  await enough.promise;
  await job.stop();

  expect(rounds).toBe(5);
  expect(seen).toEqual([1, 1, 1, 1, 1]);
  expect(underWay).toBe(0);
});

test('a job that keeps failing says so once, and again when it works', async () => {
  const log = recordingLog();
  let rounds = 0;
  const done = Promise.withResolvers<void>();
  const job = startJob({
    name: 'test',
    restMs: 1,
    log,
    async round() {
      rounds += 1;
      if (rounds <= 3) throw new Error('the database is away');
      if (rounds === 5) done.resolve();
      return rounds < 5;
    },
  });

  await done.promise;
  await job.stop();

  expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'error job failed',
    'info job works again',
  ]);
});
