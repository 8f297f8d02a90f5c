import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { decodeMetricsJson } from '@stepfit/collector/otlp/decode-json';
import { decodeMetricsProtobuf } from '@stepfit/collector/otlp/decode-metrics-protobuf';
import { expect, test } from 'vitest';

const LIMITS = { maxAttributes: 10_000, maxPoints: 10_000 };

/** One export of a real SDK with instruments of every kind. */
async function exportedMetrics(): Promise<ResourceMetrics> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      'cicd.pipeline.name': 'TrainFlow',
      'stepfit.attempt': 0,
      'stepfit.request.cpu_cores': 1.5,
      'stepfit.feature.cached': true,
      'process.command_args': ['python', 'flow.py'],
    }),
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  const meter = provider.getMeter('test', '1.0');
  meter.createCounter('process.cpu.time', { unit: 's' }).add(2.5, { 'cpu.mode': 'user' });
  meter.createUpDownCounter('process.memory.usage', { unit: 'By' }).add(123_456_789_012);
  meter.createGauge('hw.gpu.utilization', { unit: '1' }).record(0.25, { 'hw.id': 'GPU-0' });
  meter.createHistogram('http.server.request.duration', { unit: 's' }).record(0.1);
  await provider.forceFlush();
  const [metrics] = exporter.getMetrics();
  await provider.shutdown();
  if (metrics === undefined) throw new Error('the SDK exported nothing');
  return metrics;
}

test('what OpenTelemetry’s own serializers write is read whole, and alike from both', async () => {
  const metrics = await exportedMetrics();
  const protobuf = ProtobufMetricsSerializer.serializeRequest(metrics);
  const json = JsonMetricsSerializer.serializeRequest(metrics);

  const fromProtobuf = decodeMetricsProtobuf(protobuf ?? new Uint8Array(), LIMITS);
  const fromJson = decodeMetricsJson(Buffer.from(json ?? []).toString('utf8'), LIMITS);

  expect(fromProtobuf).toEqual(fromJson);
  const [resource] = fromProtobuf.resources;
  expect(resource?.attributes).toEqual(
    new Map<string, string | number | boolean>([
      ['cicd.pipeline.name', 'TrainFlow'],
      ['stepfit.attempt', 0],
      ['stepfit.request.cpu_cores', 1.5],
      ['stepfit.feature.cached', true],
    ]),
  );
  const summary = resource?.metrics.map(({ name, kind, isMonotonic, points, pointCount }) => ({
    name,
    kind,
    isMonotonic,
    pointCount,
    value: points[0]?.value,
  }));
  expect(summary).toEqual([
    { name: 'process.cpu.time', kind: 'sum', isMonotonic: true, pointCount: 1, value: 2.5 },
    {
      name: 'process.memory.usage',
      kind: 'sum',
      isMonotonic: false,
      pointCount: 1,
      value: 123_456_789_012,
    },
    { name: 'hw.gpu.utilization', kind: 'gauge', isMonotonic: false, pointCount: 1, value: 0.25 },
    {
      name: 'http.server.request.duration',
      kind: 'histogram',
      isMonotonic: false,
      pointCount: 1,
      value: undefined,
    },
  ]);
  expect(resource?.metrics[0]?.points[0]?.attributes).toEqual(new Map([['cpu.mode', 'user']]));
});
