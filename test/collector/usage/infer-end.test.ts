import { inferEnd } from '@stepfit/collector/usage/infer-end';
import { expect, test } from 'vitest';

const SILENT = { oomKills: 0, silentForMs: 132_000 };

test('a kernel OOM kill in its cgroup is an OOM, whatever else', () => {
  expect(inferEnd({ ...SILENT, oomKills: 2, lastMemoryMiB: 10 })).toEqual({
    outcome: 'oom',
    evidence: 'The kernel killed 2 of its processes for want of memory; then nothing for 132 s.',
  });
});

test('silence within 5 % of the limit is an OOM', () => {
  expect(inferEnd({ ...SILENT, lastMemoryMiB: 3_891, limitMemoryMiB: 4_096 })).toEqual({
    outcome: 'lost',
    evidence: 'It last used 3891 MiB, 95 % of its limit of 4096 MiB; then nothing for 132 s.',
  });
  expect(inferEnd({ ...SILENT, lastMemoryMiB: 3_892, limitMemoryMiB: 4_096 }).outcome).toBe('oom');
});

test('without a limit, silence is a loss', () => {
  expect(inferEnd({ ...SILENT, lastMemoryMiB: 512 })).toEqual({
    outcome: 'lost',
    evidence: 'It last used 512 MiB, with no limit; then nothing for 132 s.',
  });
});

test('a newer attempt of the task is evidence enough', () => {
  expect(inferEnd({ ...SILENT, newerAttempt: 1 })).toEqual({
    outcome: 'lost',
    evidence: 'It never reported its memory; then attempt 1 of the task began.',
  });
});
