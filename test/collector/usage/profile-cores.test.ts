import { type CpuUsage, MAX_LEVELS, profileCores } from '@stepfit/collector/usage/profile-cores';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const START_MS = 1_000_000;

function seconds(...times: readonly number[]): readonly number[] {
  return times.map((time) => START_MS + time * 1_000);
}

function total({ cores, seconds: spent }: CpuUsage): number {
  return cores.reduce((sum, level, i) => sum + level * (spent[i] ?? 0), 0);
}

describe('levels and the time spent at each', () => {
  test('come from the growth between readings', () => {
    // 10 s at 2 cores, 20 s at 0.5, 5 s at 2 again.
    const usage = profileCores({
      startedAtMs: START_MS,
      modes: [{ timesMs: seconds(0, 10, 30, 35), values: [0, 20, 30, 40] }],
    });

    expect(usage).toEqual({ cores: [0.5, 2], seconds: [20, 15], peakCores: 2, cpuSeconds: 40 });
  });

  test('add up the modes', () => {
    const usage = profileCores({
      startedAtMs: START_MS,
      modes: [
        { timesMs: seconds(0, 10), values: [0, 10] },
        { timesMs: seconds(0, 10), values: [0, 5] },
      ],
    });

    expect(usage).toMatchObject({ cores: [1.5], seconds: [10] });
  });

  test('interpolate modes that were read at different moments', () => {
    // One core of user time throughout; one of system time in the second half.
    const usage = profileCores({
      startedAtMs: START_MS,
      modes: [
        { timesMs: seconds(0, 20), values: [0, 20] },
        { timesMs: seconds(0, 10, 20), values: [0, 0, 10] },
      ],
    });

    expect(usage).toMatchObject({ cores: [1, 2], seconds: [10, 10] });
  });

  test('go on after a counter has started again from 0', () => {
    const usage = profileCores({
      startedAtMs: START_MS,
      modes: [{ timesMs: seconds(0, 10, 20, 30), values: [0, 10, 5, 15] }],
    });

    expect(usage).toMatchObject({ cores: [0.5, 1], seconds: [10, 20], cpuSeconds: 25 });
  });

  test('cover the time between the last reading and the reported end', () => {
    const usage = profileCores({
      startedAtMs: START_MS,
      modes: [{ timesMs: seconds(0, 10), values: [0, 10] }],
      end: { timeMs: START_MS + 20_000, cpuSeconds: 40 },
    });

    expect(usage).toMatchObject({ cores: [1, 3], seconds: [10, 10], cpuSeconds: 40 });
  });
});

describe('readings too close to have a rate', () => {
  test('join the next, so that ticks of 10 ms make no peak', () => {
    const usage = profileCores({
      startedAtMs: START_MS,
      modes: [{ timesMs: seconds(0, 0.01, 1, 2), values: [0, 0.08, 1, 2] }],
    });

    expect(usage?.peakCores).toBeCloseTo(1, 12);
  });

  test('join the one before at the end', () => {
    const usage = profileCores({
      startedAtMs: START_MS,
      modes: [{ timesMs: seconds(0, 9.9, 10), values: [0, 9, 10] }],
    });

    expect(usage).toMatchObject({ cores: [1], seconds: [10] });
  });
});

describe('CPU time from before the first reading', () => {
  test('never makes the peak: the interpreter may have started before the attempt', () => {
    // 3 CPU seconds are there after 0.1 s; from then on one core.
    const usage = profileCores({
      startedAtMs: START_MS,
      modes: [{ timesMs: seconds(0.1, 10.1), values: [3, 13] }],
    });

    expect(usage?.peakCores).toBe(1);
    expect(usage).toMatchObject({ cores: [1], seconds: [13], cpuSeconds: 13 });
  });

  test('counts as it is where it is all there is', () => {
    const usage = profileCores({
      startedAtMs: START_MS,
      modes: [{ timesMs: seconds(10), values: [40] }],
    });

    expect(usage).toEqual({ cores: [4], seconds: [10], peakCores: 4, cpuSeconds: 40 });
  });
});

test('nothing measured is no profile', () => {
  expect(profileCores({ startedAtMs: START_MS, modes: [] })).toBeUndefined();
  expect(
    profileCores({ startedAtMs: START_MS, modes: [{ timesMs: [START_MS], values: [0] }] }),
  ).toBeUndefined();
});

test('many levels become few, those that are most alike first', () => {
  // Ten bursts at 8 cores among thousands of seconds between 0.9 and 1.1.
  const rates = Array.from({ length: 2_000 }, (_, i) => (i % 200 === 0 ? 8 : 0.9 + (i % 20) / 100));
  const values = [0];
  for (const rate of rates) values.push((values.at(-1) ?? 0) + rate);

  const usage = profileCores({
    startedAtMs: START_MS,
    modes: [{ timesMs: values.map((_, i) => START_MS + i * 1_000), values }],
  });

  expect(usage?.cores.length).toBeLessThanOrEqual(MAX_LEVELS);
  expect(usage?.cores.at(-1)).toBeCloseTo(8, 9);
  expect(usage?.seconds.at(-1)).toBeCloseTo(10, 9);
});

/** Readings of one counter: how long after the one before, and how much it grew. */
const readings = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 1, max: 20_000 }),
    grew: fc.double({ min: 0, max: 100, noNaN: true }),
  }),
  { minLength: 1, maxLength: 300 },
);

test('for any readings: few ascending levels, positive times, and every CPU second kept', () => {
  fc.assert(
    fc.property(readings, (steps) => {
      let timeMs = START_MS;
      let value = 0;
      const timesMs: number[] = [];
      const values: number[] = [];
      for (const { afterMs, grew } of steps) {
        timesMs.push((timeMs += afterMs));
        values.push((value += grew));
      }

      const usage = profileCores({ startedAtMs: START_MS, modes: [{ timesMs, values }] });

      fc.pre(usage !== undefined);
      expect(usage.cores.length).toBeLessThanOrEqual(MAX_LEVELS);
      expect(usage.cores.toSorted((a, b) => a - b)).toEqual(usage.cores);
      for (const spent of usage.seconds) expect(spent).toBeGreaterThan(0);
      expect(Math.abs(usage.cpuSeconds - value)).toBeLessThanOrEqual(1e-9 * (1 + value));
      expect(Math.abs(total(usage) - value)).toBeLessThanOrEqual(1e-9 * (1 + value));
      expect(usage.peakCores).toBeGreaterThanOrEqual(usage.cores.at(-1) ?? 0);
    }),
  );
});
