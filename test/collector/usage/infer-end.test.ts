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

test.each([-9, 137])(
  'SIGKILL (%i) under a limit is an OOM, however little was seen in use before',
  (exitCode) => {
    expect(inferEnd({ ...SILENT, exitCode, lastMemoryMiB: 200, limitMemoryMiB: 1_000 })).toEqual({
      outcome: 'oom',
      evidence:
        'It last used 200 MiB, 20 % of its limit of 1000 MiB; ' +
        `then SIGKILL ended its process (exit code ${exitCode}).`,
    });
  },
);

test.each([-9, 137, -15, 143, 130])(
  'a signal of somebody else (%i) without a limit says nothing of its need: it is lost',
  (exitCode) => {
    expect(inferEnd({ ...SILENT, exitCode, lastMemoryMiB: 200 }).outcome).toBe('lost');
  },
);

test.each([
  [-11, 'then SIGSEGV ended its process (exit code -11)'],
  [139, 'then SIGSEGV ended its process (exit code 139)'],
  [134, 'then SIGABRT ended its process (exit code 134)'],
  [1, 'then its process ended with exit code 1'],
  [255, 'then its process ended with exit code 255'],
])('a process that ended by itself with %i has failed', (exitCode, end) => {
  const inferred = inferEnd({ ...SILENT, exitCode, lastMemoryMiB: 200, limitMemoryMiB: 1_000 });
  expect(inferred.outcome).toBe('failed');
  expect(inferred.evidence).toContain(end);
});

test('a kill for want of memory that was counted stands above a crash', () => {
  expect(inferEnd({ ...SILENT, oomKills: 1, exitCode: 1 }).outcome).toBe('oom');
});
