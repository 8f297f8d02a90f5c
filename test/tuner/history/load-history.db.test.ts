import { loadHistory } from '@stepfit/tuner/history/load-history';
import { beforeEach, describe, expect, it } from 'vitest';

import { emptyStore, onEachStore } from '../../support/database.ts';
import { HOUR_MS } from '../support/attempts.ts';
import { addAttempts, attemptRow, KEY, NOW } from '../support/rows.ts';

describe('loadHistory', () => {
  onEachStore((store) => {
    beforeEach(async () => emptyStore(store()));

    it('reads what sizing needs, with absence for null', async () => {
      await addAttempts(store(), [
        attemptRow({
          gpu_seen_count: 2,
          gpu_used_count: 1,
          gpu_peak_utilization: 0.5,
          gpu_mean_utilization: 0.25,
          features: JSON.stringify({ rows: 7 }),
        }),
      ]);

      expect(await loadHistory(store().db, KEY, 10)).toEqual([
        {
          run: '1',
          task: '1',
          attempt: 0,
          startedAtMs: NOW.getTime() - 2 * HOUR_MS,
          endedAtMs: NOW.getTime() - HOUR_MS,
          durationMs: HOUR_MS,
          outcome: 'succeeded',
          declared: { cpuCores: 1, memoryMiB: 16_000 },
          declaredDecorators: [{ name: 'resources', attributes: { memory: 16_000 } }],
          request: { cpuCores: 1, memoryMiB: 16_000 },
          backend: 'batch',
          features: { rows: 7 },
          peakMemoryMiB: 600,
          peakMemorySource: 'cgroup-peak',
          hostCpuCores: 4,
          cpuProfile: { cores: [0.5, 1], seconds: [600, 3000] },
          gpu: { seenCount: 2, usedCount: 1, peakUtilization: 0.5, meanUtilization: 0.25 },
        },
      ]);
    });

    it('takes the newest of this step only, and only finished and settled ones that really ran', async () => {
      const older = new Date(NOW.getTime() - 3 * HOUR_MS);
      await addAttempts(store(), [
        attemptRow({ run: 'newest' }),
        attemptRow({ run: 'second', ended_at: older }),
        attemptRow({ run: 'oldest', ended_at: new Date(older.getTime() - 1) }),
        attemptRow({ run: 'running', outcome: null, ended_at: null }),
        attemptRow({ run: 'unsettled', settled_at: null }),
        attemptRow({ run: 'cached', outcome: 'cached' }),
        attemptRow({ run: 'elsewhere', step: 'other' }),
        attemptRow({ run: 'elsewhere', project: 'other' }),
      ]);

      const history = await loadHistory(store().db, KEY, 2);

      expect(history.map(({ run }) => run)).toEqual(['newest', 'second']);
    });
  });
});
