import { decodeMetricsJson } from '@stepfit/collector/otlp/decode-json';
import { describeRejections } from '@stepfit/collector/otlp/rejection';
import { timeBounds } from '@stepfit/collector/otlp/time-bounds';
import { metricsToUsage, type UsageOfRequest } from '@stepfit/collector/otlp/to-usage';
import { describe, expect, test } from 'vitest';

import {
  dataPoint,
  keyValues,
  metricOf,
  metricsRequest,
  type PointInput,
  resourceOf,
} from '../../support/otlp.ts';

const NOW_MS = Date.parse('2026-06-01T12:00:00Z');
const START_MS = NOW_MS - 60_000;
const DAY_MS = 24 * 3_600_000;
const MIB = 2 ** 20;
const LIMITS = { maxAttributes: 10_000, maxPoints: 10_000, maxAttempts: 3, maxSeries: 4 };
const RESOURCE = resourceOf({ startedUnixMs: START_MS });

function usageOf(request: object): UsageOfRequest {
  const decoded = decodeMetricsJson(JSON.stringify(request), LIMITS);
  return metricsToUsage(decoded, timeBounds(NOW_MS, 30), LIMITS);
}

/** The reason codes and counts, by name. */
function reasonsOf({ rejections }: UsageOfRequest): Record<string, string> {
  return Object.fromEntries(
    rejections.map(({ name, reason, count }) => [name, `${reason} ${count}`]),
  );
}

function gauge(unit: string, point: PointInput): object {
  return { name: 'process.memory.usage', unit, gauge: { dataPoints: [dataPoint(point)] } };
}

describe('an export that fits the contract', () => {
  test('becomes a report with identity, facts, series and what the row keeps of them', () => {
    const resource = resourceOf(
      {
        project: 'acme',
        startedUnixMs: START_MS,
        requestCpuCores: 8,
        limitMemoryMiB: 4096,
        declaredDecorators: '[{"name":"resources","attributes":{"cpu":8}}]',
        backend: 'kubernetes',
      },
      { 'stepfit.feature.rows': 1_000, 'stepfit.feature.table': 'sales', 'service.name': 'x' },
    );
    const user = { 'cpu.mode': 'user' };
    const system = { 'cpu.mode': 'system' };

    const { reports, rejections } = usageOf(
      metricsRequest(resource, [
        metricOf('cpuTime', [
          { atMs: START_MS + 1_000, value: 2, attributes: user },
          { atMs: START_MS + 1_000, value: 0.5, attributes: system },
          { atMs: START_MS + 1_000, value: 9, attributes: { 'cpu.mode': 'wait' } },
        ]),
        metricOf('memoryUsage', [{ atMs: START_MS + 2_000, value: 100 * MIB }]),
        metricOf('memoryPeak', [
          {
            atMs: START_MS + 2_000,
            value: 150 * MIB,
            attributes: { 'stepfit.memory.source': 'vm-hwm' },
          },
        ]),
        metricOf('oomKills', [{ atMs: START_MS + 1_000, value: 1 }]),
      ]),
    );

    expect(rejections).toEqual([]);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({
      identity: { project: 'acme', flow: 'TrainFlow', step: 'train', attempt: 0 },
      startedAtMs: START_MS,
      facts: {
        requestCpuCores: 8,
        limitMemoryMiB: 4096,
        backend: 'kubernetes',
        declaredDecorators: [{ name: 'resources', attributes: { cpu: 8 } }],
        features: { rows: 1_000, table: 'sales' },
      },
      lastSampleAtMs: START_MS + 2_000,
      peak: { memoryMiB: 150, source: 'vm-hwm' },
      cpuSeconds: 2.5,
      oomKills: 1,
    });
    expect(reports[0]?.series.map(({ metric, series }) => `${metric}:${series}`)).toEqual([
      'process.cpu.time:user',
      'process.cpu.time:system',
      'process.cpu.time:wait',
      'process.memory.usage:',
      'stepfit.memory.peak:vm-hwm',
      'stepfit.oom_kill.count:',
    ]);
    expect(reports[0]).not.toHaveProperty('end');
  });

  test('says what held the attempt back, and how much it read, wrote, received and sent', () => {
    const { reports, rejections } = usageOf(
      metricsRequest(resourceOf({ startedUnixMs: START_MS, limitCpuCores: 1.5 }), [
        metricOf('cpuThrottled', [
          { atMs: START_MS + 1_000, value: 0.5 },
          { atMs: START_MS + 2_000, value: 2.5 },
        ]),
        metricOf('diskIo', [
          { atMs: START_MS, value: 10, attributes: { 'disk.io.direction': 'read' } },
          { atMs: START_MS, value: 20, attributes: { 'disk.io.direction': 'write' } },
        ]),
        metricOf('networkIo', [
          { atMs: START_MS, value: 30, attributes: { 'network.io.direction': 'receive' } },
          { atMs: START_MS, value: 40, attributes: { 'network.io.direction': 'transmit' } },
        ]),
      ]),
    );

    expect(rejections).toEqual([]);
    expect(reports[0]).toMatchObject({
      facts: { limitCpuCores: 1.5 },
      cpuThrottledSeconds: 2.5,
      io: {
        diskReadBytes: 10,
        diskWrittenBytes: 20,
        networkReceivedBytes: 30,
        networkSentBytes: 40,
      },
    });
  });

  test.each([
    ['MiBy', 3, 3],
    ['kBy', 1_024, 0.9765625],
    ['By', MIB, 1],
  ])('in %s is converted to the contract’s unit', (unit, value, memoryMiB) => {
    const { reports } = usageOf(metricsRequest(RESOURCE, [gauge(unit, { atMs: NOW_MS, value })]));

    expect(reports[0]?.peak?.memoryMiB).toBe(memoryMiB);
  });

  test('may be an up-down counter where the contract has a gauge, as the conventions want it', () => {
    const { reports, rejections } = usageOf(
      metricsRequest(RESOURCE, [
        {
          name: 'process.memory.usage',
          unit: 'By',
          sum: {
            aggregationTemporality: 2,
            isMonotonic: false,
            dataPoints: [dataPoint({ atMs: NOW_MS, value: MIB })],
          },
        },
      ]),
    );

    expect(rejections).toEqual([]);
    expect(reports[0]?.peak).toEqual({ memoryMiB: 1, source: 'rss' });
  });

  test('belongs to the default project where none is named, and ids may be numbers', () => {
    const { reports } = usageOf(
      metricsRequest(resourceOf({ startedUnixMs: START_MS, run: 17 }), [
        gauge('By', { atMs: NOW_MS, value: 1 }),
      ]),
    );

    expect(reports[0]?.identity).toMatchObject({ project: 'default', run: '17' });
  });
});

describe('what does not fit is rejected by name', () => {
  const point = dataPoint({ atMs: NOW_MS, value: 1 });

  test.each([
    ['unknown-metric', { name: 'x', unit: 's', gauge: { dataPoints: [point] } }],
    ['wrong-type', { name: 'process.cpu.time', unit: 's', gauge: { dataPoints: [point] } }],
    [
      'wrong-type',
      { name: 'process.memory.usage', unit: 'By', histogram: { dataPoints: [point] } },
    ],
    [
      'wrong-type',
      {
        name: 'process.memory.usage',
        unit: 'By',
        sum: { dataPoints: [point], aggregationTemporality: 2, isMonotonic: true },
      },
    ],
    [
      'delta-temporality',
      {
        name: 'process.cpu.time',
        unit: 's',
        sum: { dataPoints: [point], aggregationTemporality: 1, isMonotonic: true },
      },
    ],
    ['wrong-unit', gauge('Cel', { atMs: NOW_MS, value: 1 })],
    ['wrong-unit', gauge('', { atMs: NOW_MS, value: 1 })],
    ['negative-value', gauge('By', { atMs: NOW_MS, value: -1 })],
    ['out-of-range', gauge('By', { atMs: NOW_MS, value: 2 ** 54 })],
    ['out-of-range', metricOf('gpuUtilization', [{ atMs: NOW_MS, value: 1.5 }])],
    ['out-of-range', metricOf('oomKills', [{ atMs: NOW_MS, value: 0.5 }])],
    ['too-old', gauge('By', { atMs: 0, value: 1 })],
    ['too-old', gauge('By', { atMs: NOW_MS - 31 * DAY_MS, value: 1 })],
    ['in-future', gauge('By', { atMs: Date.parse('2100-01-01T00:00:00Z'), value: 1 })],
    [
      'no-value',
      { name: 'process.memory.usage', unit: 'By', gauge: { dataPoints: [{ timeUnixNano: '1' }] } },
    ],
    [
      'bad-attribute',
      metricOf('memoryPeak', [
        { atMs: NOW_MS, value: 1, attributes: { 'stepfit.memory.source': 'guess' } },
      ]),
    ],
  ])('%s: %j', (reason, metric) => {
    const result = usageOf(metricsRequest(RESOURCE, [metric]));

    expect(result.rejections).toMatchObject([{ reason, count: 1 }]);
    expect(result.reports).toEqual([]);
  });

  test.each(['NaN', 'Infinity', '-Infinity'])('not-a-number: %s', (word) => {
    const metric = {
      name: 'process.memory.usage',
      unit: 'By',
      gauge: { dataPoints: [{ timeUnixNano: `${NOW_MS}000000`, asDouble: word }] },
    };

    const { rejections, reports } = usageOf(metricsRequest(RESOURCE, [metric]));

    expect(rejections).toMatchObject([{ reason: 'not-a-number', count: 1 }]);
    expect(reports).toEqual([]);
  });

  test('the rest of the export is taken, and the answer names each fault with its count', () => {
    const result = usageOf(
      metricsRequest(RESOURCE, [
        metricOf('memoryUsage', [
          { atMs: NOW_MS, value: MIB },
          { atMs: NOW_MS, value: -1 },
          { atMs: NOW_MS + 1, value: -1 },
        ]),
        {
          name: 'http.server.duration',
          unit: 's',
          histogram: { dataPoints: [point, point, point] },
        },
      ]),
    );

    expect(result.reports[0]?.series[0]?.values).toEqual([MIB]);
    expect(describeRejections(result.rejections)).toBe(
      'process.memory.usage: 2 rejected (negative-value): the value is -1; ' +
        'http.server.duration: 3 rejected (unknown-metric): it is not in the contract of docs/otlp.md',
    );
  });

  test('series beyond the limit of one metric of one attempt', () => {
    const points = Array.from({ length: 6 }, (_, gpu) => ({
      atMs: NOW_MS,
      value: 0.5,
      attributes: { 'hw.id': `GPU-${gpu}` },
    }));

    const result = usageOf(metricsRequest(RESOURCE, [metricOf('gpuUtilization', points)]));

    expect(reasonsOf(result)).toEqual({ 'hw.gpu.utilization': 'too-many-series 2' });
    expect(result.reports[0]?.series).toHaveLength(4);
  });
});

describe('without a sound identity all of a resource’s points are rejected', () => {
  const metrics = [
    metricOf('memoryUsage', [
      { atMs: NOW_MS, value: 1 },
      { atMs: NOW_MS + 1, value: 1 },
    ]),
  ];

  test.each([
    ['cicd.pipeline.name', 'missing-attribute', { flow: '' }],
    ['cicd.pipeline.name', 'attribute-too-long', { flow: 'x'.repeat(513) }],
    ['cicd.pipeline.run.id', 'bad-attribute', { run: 'a\0b' }],
    ['stepfit.attempt', 'bad-attribute', { attempt: -1 }],
    ['stepfit.attempt', 'bad-attribute', { attempt: 'first' }],
    ['stepfit.attempt', 'bad-attribute', { attempt: 2 ** 40 }],
    ['stepfit.attempt.started_unix_ms', 'too-old', { startedUnixMs: 0 }],
    ['stepfit.attempt.started_unix_ms', 'in-future', { startedUnixMs: NOW_MS + 2 * 3_600_000 }],
  ])('%s %s', (name, reason, facts) => {
    const result = usageOf(
      metricsRequest(resourceOf({ startedUnixMs: START_MS, ...facts }), metrics),
    );

    expect(reasonsOf(result)).toEqual({ [name]: `${reason} 2` });
    expect(result.reports).toEqual([]);
  });

  test('an SDK that knows nothing of StepFit is told which attribute is missing', () => {
    const foreign = { attributes: keyValues({ 'service.name': 'shop' }) };

    const result = usageOf(metricsRequest(foreign, metrics));

    expect(reasonsOf(result)).toEqual({ 'cicd.pipeline.name': 'missing-attribute 2' });
  });
});

describe('facts', () => {
  const metrics = [metricOf('memoryUsage', [{ atMs: NOW_MS, value: 1 }])];

  test.each([
    ['stepfit.request.cpu_cores', { requestCpuCores: -1 }],
    ['stepfit.request.memory_mib', { requestMemoryMiB: 'lots' }],
    ['stepfit.request.gpu_count', { requestGpuCount: 0.5 }],
    ['stepfit.declared.decorators', { declaredDecorators: '{"not":"a list"}' }],
    [
      'stepfit.declared.decorators',
      { declaredDecorators: '[{"name":"a\\u0000","attributes":{}}]' },
    ],
  ])('a bad %s is left out and named, and costs no point', (name, facts) => {
    const result = usageOf(
      metricsRequest(resourceOf({ startedUnixMs: START_MS, ...facts }), metrics),
    );

    expect(reasonsOf(result)).toEqual({ [name]: 'bad-attribute 0' });
    expect(result.reports).toHaveLength(1);
    expect(result.reports[0]?.facts).toEqual({ features: {} });
  });

  test('long texts are cut and NULs dropped, since neither is worth a point', () => {
    const { reports } = usageOf(
      metricsRequest(
        resourceOf({ startedUnixMs: START_MS, hostName: `a\0b${'x'.repeat(2_000)}` }),
        metrics,
      ),
    );

    expect(reports[0]?.facts.hostName).toHaveLength(1_024);
    expect(reports[0]?.facts.hostName).toMatch(/^abx+…$/);
  });
});

test('a request about too many attempts is refused whole', () => {
  const resourceMetrics = Array.from({ length: 4 }, (_, task) => ({
    resource: resourceOf({ startedUnixMs: START_MS, task: `task-${task}` }),
    scopeMetrics: [{ metrics: [metricOf('memoryUsage', [{ atMs: NOW_MS, value: 1 }])] }],
  }));

  expect(() => usageOf({ resourceMetrics })).toThrow('more than 3 attempts');
});
