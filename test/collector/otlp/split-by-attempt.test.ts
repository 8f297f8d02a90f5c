import { decodeMetricsJson, decodeTracesJson } from '@stepfit/collector/otlp/decode-json';
import { spansToUsage } from '@stepfit/collector/otlp/spans-to-usage';
import { timeBounds } from '@stepfit/collector/otlp/time-bounds';
import { metricsToUsage } from '@stepfit/collector/otlp/to-usage';
import { describe, expect, test } from 'vitest';

import {
  attemptSpan,
  keyValues,
  metricOf,
  metricsRequest,
  type Scalar,
  tracesRequest,
} from '../../support/otlp.ts';

const NOW_MS = Date.parse('2026-06-01T12:00:00Z');
const START_MS = NOW_MS - 60_000;
const LIMITS = { maxAttributes: 10_000, maxPoints: 10_000, maxAttempts: 3, maxSeries: 4 };
/** What a program's own OpenTelemetry SDK says of itself. */
const PROGRAM = { attributes: keyValues({ 'service.name': 'nightly', 'host.name': 'h1' }) };

function attempt(task: string): Record<string, Scalar> {
  return {
    'cicd.pipeline.name': 'nightly',
    'cicd.pipeline.run.id': 'r',
    'cicd.pipeline.task.name': 'sort',
    'cicd.pipeline.task.run.id': task,
    'stepfit.attempt': 0,
    'stepfit.attempt.started_unix_ms': START_MS,
    'stepfit.feature.rows': 7,
  };
}

describe('a program that has one resource for all of its attempts', () => {
  test('names the attempt with each point, and each gets its own', () => {
    const request = metricsRequest(PROGRAM, [
      metricOf(
        'memoryUsage',
        ['t1', 't2'].map((task, at) => ({
          atMs: START_MS + 1_000,
          value: 100 + at,
          attributes: attempt(task),
        })),
      ),
      metricOf('cpuTime', [
        {
          atMs: START_MS + 1_000,
          value: 3,
          attributes: { ...attempt('t1'), 'cpu.mode': 'user' },
        },
      ]),
    ]);
    const { reports, rejections } = metricsToUsage(
      decodeMetricsJson(JSON.stringify(request), LIMITS),
      timeBounds(NOW_MS, 30),
      LIMITS,
    );
    expect(rejections).toEqual([]);
    expect(reports.map(({ identity, series }) => [identity.task, series.length])).toEqual([
      ['t1', 2],
      ['t2', 1],
    ]);
    expect(reports[0]?.facts).toMatchObject({ hostName: 'h1', features: { rows: 7 } });
    expect(reports[0]?.series.map(({ series }) => series)).toEqual(['', 'user']);
  });

  test('names it with the closing span', () => {
    const span = attemptSpan({ outcome: 'succeeded', startMs: START_MS, endMs: NOW_MS });
    const named = {
      ...span,
      attributes: [...(span as { attributes: object[] }).attributes, ...keyValues(attempt('t1'))],
    };
    const { reports } = spansToUsage(
      decodeTracesJson(JSON.stringify(tracesRequest(PROGRAM, [named])), LIMITS),
      timeBounds(NOW_MS, 30),
      LIMITS,
    );
    expect(reports.map(({ identity, end }) => [identity.task, end?.outcome])).toEqual([
      ['t1', 'succeeded'],
    ]);
  });

  test('and points of no attempt are refused by name', () => {
    const request = metricsRequest(PROGRAM, [
      metricOf('memoryUsage', [{ atMs: START_MS, value: 1 }]),
    ]);
    const { reports, rejections } = metricsToUsage(
      decodeMetricsJson(JSON.stringify(request), LIMITS),
      timeBounds(NOW_MS, 30),
      LIMITS,
    );
    expect(reports).toEqual([]);
    expect(rejections.map(({ reason, count }) => [reason, count])).toEqual([
      ['missing-attribute', 1],
    ]);
  });
});
