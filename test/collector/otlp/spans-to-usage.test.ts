import { decodeTracesJson } from '@stepfit/collector/otlp/decode-json';
import { spansToUsage } from '@stepfit/collector/otlp/spans-to-usage';
import { timeBounds } from '@stepfit/collector/otlp/time-bounds';
import type { UsageOfRequest } from '@stepfit/collector/otlp/to-usage';
import { expect, test } from 'vitest';

import { attemptSpan, nanos, resourceOf, tracesRequest } from '../../support/otlp.ts';

const NOW_MS = Date.parse('2026-06-01T12:00:00Z');
const START_MS = NOW_MS - 60_000;
const LIMITS = { maxAttributes: 10_000, maxPoints: 10_000, maxAttempts: 3, maxSeries: 4 };
const RESOURCE = resourceOf({ startedUnixMs: START_MS }, { 'stepfit.feature.rows': 5 });
const ENDED = { outcome: 'succeeded', startMs: START_MS, endMs: NOW_MS } as const;

function usageOf(...spans: readonly object[]): UsageOfRequest {
  const decoded = decodeTracesJson(JSON.stringify(tracesRequest(RESOURCE, spans)), LIMITS);
  return spansToUsage(decoded, timeBounds(NOW_MS, 30), LIMITS);
}

test('the span of an attempt tells its end, peak, CPU seconds and late features', () => {
  const span = attemptSpan({
    ...ENDED,
    outcome: 'failed',
    attributes: {
      outcomeEvidence: 'The process ended with code 1.',
      exitCode: -9,
      exceptionType: 'ValueError',
      peakMemoryBytes: 3 * 2 ** 30,
      peakMemorySource: 'cgroup-peak',
      cpuSeconds: 12.5,
    },
  });

  const { reports, rejections } = usageOf(span);

  expect(rejections).toEqual([]);
  expect(reports).toMatchObject([
    {
      startedAtMs: START_MS,
      facts: { features: { rows: 5 } },
      peak: { memoryMiB: 3_072, source: 'cgroup-peak' },
      cpuSeconds: 12.5,
      series: [],
      exitCode: -9,
      end: {
        outcome: 'failed',
        endedAtMs: NOW_MS,
        evidence: 'The process ended with code 1.',
        exceptionType: 'ValueError',
      },
    },
  ]);
});

test('a span without an outcome ends nothing, but tells the exit code that somebody saw', () => {
  const { reports, rejections } = usageOf(
    attemptSpan({ startMs: START_MS, endMs: NOW_MS, attributes: { exitCode: 137 } }),
  );

  expect(rejections).toEqual([]);
  expect(reports).toMatchObject([{ exitCode: 137 }]);
  expect(reports[0]).not.toHaveProperty('end');
});

test('the earlier of the two starts is believed', () => {
  const { reports } = usageOf(attemptSpan({ ...ENDED, startMs: START_MS - 500 }));

  expect(reports[0]?.startedAtMs).toBe(START_MS - 500);
});

test.each([
  ['unknown-span', { ...attemptSpan(ENDED), name: 'GET /' }],
  ['bad-attribute', { ...attemptSpan(ENDED), attributes: [] }],
  ['ends-before-start', attemptSpan({ ...ENDED, endMs: START_MS - 1 })],
  ['too-old', attemptSpan({ ...ENDED, startMs: 0, endMs: 1 })],
  ['too-old', attemptSpan({ ...ENDED, startMs: 0 })],
  ['in-future', attemptSpan({ ...ENDED, endMs: Date.parse('2100-01-01T00:00:00Z') })],
  ['too-old', { ...attemptSpan(ENDED), endTimeUnixNano: nanos(1) }],
])('%s is rejected by name', (reason, span) => {
  const { reports, rejections } = usageOf(span);

  expect(rejections).toMatchObject([{ reason, count: 1 }]);
  expect(reports).toEqual([]);
});
