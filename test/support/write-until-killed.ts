import { openStore } from '@stepfit/collector/db/open-store';
import { recordUsage } from '@stepfit/collector/usage/record-usage';

import { attemptReport } from './attempt-report.ts';
import { silentLog } from './silent-log.ts';

/**
 * A program: opens the embedded store in the folder given and writes one point after the other, each with its
 * number as value, printing the number once the store has acknowledged it. Ends only by being killed.
 */
const [, , dataDir = ''] = process.argv;
const store = await openStore({ dataDir, log: silentLog });
const startedAtMs = Date.parse('2026-06-01T12:00:00Z');
for (let i = 0; ; i += 1) {
  const series = {
    metric: 'process.memory.usage' as const,
    series: '',
    timesMs: [startedAtMs + i * 1_000],
    values: [i],
  };
  await recordUsage(store.db, [attemptReport({ startedAtMs, series: [series] })], {
    now: new Date(),
    maxStepsPerProject: 10,
  });
  process.stdout.write(`${i}\n`);
}
