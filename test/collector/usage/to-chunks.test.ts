import { CHUNK_MS, toChunks } from '@stepfit/collector/usage/to-chunks';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const MINUTE = Date.parse('2026-06-01T12:00:00Z');

test('a series is cut at the minutes of the clock, in order, each time once', () => {
  const chunks = toChunks({
    metric: 'process.memory.usage',
    series: '',
    timesMs: [MINUTE + 61_000, MINUTE + 59_999, MINUTE, MINUTE, MINUTE + 60_000],
    values: [4, 2, 1, 99, 3],
  });

  expect(chunks).toEqual([
    {
      metric: 'process.memory.usage',
      series: '',
      chunkStartMs: MINUTE,
      offsetsMs: [0, 59_999],
      values: [1, 2],
    },
    {
      metric: 'process.memory.usage',
      series: '',
      chunkStartMs: MINUTE + 60_000,
      offsetsMs: [0, 1_000],
      values: [3, 4],
    },
  ]);
});

test('chunks hold the same points, whatever their order', () => {
  const points = fc.uniqueArray(fc.nat({ max: 10 * CHUNK_MS }), { maxLength: 50 });
  fc.assert(
    fc.property(points, (times) => {
      const chunks = toChunks({
        metric: 'process.memory.usage',
        series: '',
        timesMs: times.map((time) => MINUTE + time),
        values: times,
      });

      const back = chunks.flatMap(({ chunkStartMs, offsetsMs, values }) =>
        offsetsMs.map((offset, i) => [chunkStartMs + offset - MINUTE, values[i]]),
      );
      expect(back).toEqual(times.toSorted((a, b) => a - b).map((time) => [time, time]));
    }),
  );
});
