import { summariseGpus } from '@stepfit/collector/usage/summarise-gpus';
import { expect, test } from 'vitest';

const GIB = 2 ** 30;

test('no GPU is no summary', () => {
  expect(summariseGpus([])).toBeUndefined();
});

test('readings are weighted by the time they held, GPUs alike', () => {
  // The first GPU: 1 s at 100 %, 9 s at 0; the second at 50 % throughout.
  const summary = summariseGpus([
    {
      utilization: { timesMs: [0, 1_000, 10_000], values: [1, 0, 0.8] },
      memoryBytes: { timesMs: [0, 10_000], values: [2 * GIB, 6 * GIB] },
      memoryLimitBytes: { timesMs: [0], values: [40 * GIB] },
    },
    {
      utilization: { timesMs: [0, 10_000], values: [0.5, 0.5] },
      memoryBytes: { timesMs: [0], values: [3 * GIB] },
      memoryLimitBytes: { timesMs: [0], values: [16 * GIB] },
    },
  ]);

  expect(summary).toEqual({
    seenCount: 2,
    usedCount: 2,
    peakUtilization: 1,
    meanUtilization: 0.3,
    peakMemoryMiB: 6_144,
    memoryLimitMiB: 16_384,
  });
});

test('a single reading stands for itself, and what was not read stays absent', () => {
  expect(summariseGpus([{ utilization: { timesMs: [5], values: [0.7] } }])).toEqual({
    seenCount: 1,
    usedCount: 1,
    peakUtilization: 0.7,
    meanUtilization: 0.7,
  });
  expect(summariseGpus([{ memoryBytes: { timesMs: [5], values: [GIB] } }])).toEqual({
    seenCount: 1,
    usedCount: 1,
    peakMemoryMiB: 1_024,
  });
});

test('a GPU counts as used unless utilisation and memory both stayed idle', () => {
  const idle = { timesMs: [0, 1_000], values: [0, 0.01] };
  const driverOnly = { timesMs: [0, 1_000], values: [3 * 2 ** 20, 4 * 2 ** 20] };
  const context = { timesMs: [0, 1_000], values: [3 * 2 ** 20, 300 * 2 ** 20] };

  expect(
    summariseGpus([
      { utilization: idle, memoryBytes: driverOnly },
      { utilization: idle, memoryBytes: context },
      { utilization: { timesMs: [0], values: [0.9] }, memoryBytes: driverOnly },
      { utilization: idle },
    ]),
  ).toMatchObject({ seenCount: 4, usedCount: 3 });
});
