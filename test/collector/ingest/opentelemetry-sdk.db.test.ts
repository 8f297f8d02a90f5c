import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { diag, DiagLogLevel } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { type CollectorServer, startCollectorServer } from '../../support/collector-server.ts';
import { emptyStore, onEachStore } from '../../support/database.ts';
import { otelPython } from '../../support/otel-python.ts';

const run = promisify(execFile);
const PYTHON_PROGRAM = fileURLToPath(new URL('../../support/otel_sdk_export.py', import.meta.url));
/** A first run downloads the SDK from the package index. */
const INSTALL_TIMEOUT_MS = 300_000;
const MIB = 2 ** 20;

onEachStore((store) => {
  let server: CollectorServer;
  beforeAll(async () => {
    server = await startCollectorServer(store());
  });
  beforeEach(async () => {
    await emptyStore(store());
  });
  afterAll(async () => {
    await server.close();
  });

  /** Metric, series and values in order of time. */
  async function storedSeries(): Promise<readonly (readonly [string, readonly number[]])[]> {
    const chunks = await store()
      .db.selectFrom('usage_chunk')
      .select(['metric', 'series', 'point_values'])
      .orderBy('metric')
      .orderBy('series')
      .orderBy('chunk_start')
      .execute();
    const bySeries = Map.groupBy(chunks, ({ metric, series }) => `${metric}:${series}`);
    return [...bySeries].map(
      ([name, ofSeries]) => [name, ofSeries.flatMap((chunk) => chunk.point_values)] as const,
    );
  }

  test('the unmodified JavaScript SDK feeds the collector and is told what it rejected', async () => {
    const warnings: string[] = [];
    function note(message: string, ...args: readonly unknown[]): void {
      warnings.push([message, ...args].join(' '));
    }
    diag.setLogger(
      { error: note, warn: note, info: () => 0, debug: () => 0, verbose: () => 0 },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    const exporter = new OTLPMetricExporter({ url: `${server.url}/v1/metrics` });
    const provider = new MeterProvider({
      resource: resourceFromAttributes({
        'cicd.pipeline.name': 'TrainFlow',
        'cicd.pipeline.run.id': 'js-run',
        'cicd.pipeline.task.name': 'train',
        'cicd.pipeline.task.run.id': '1',
        'stepfit.attempt': 0,
        'stepfit.attempt.started_unix_ms': Date.now() - 1_000,
        'stepfit.request.cpu_cores': 8,
      }),
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    });
    const meter = provider.getMeter('test');
    const cpu = meter.createCounter('process.cpu.time', { unit: 's' });
    const memory = meter.createGauge('process.memory.usage', { unit: 'By' });
    cpu.add(1.5, { 'cpu.mode': 'user' });
    memory.record(200 * MIB);
    await provider.forceFlush();
    cpu.add(1, { 'cpu.mode': 'user' });
    memory.record(100 * MIB);
    meter.createHistogram('http.client.request.duration', { unit: 's' }).record(0.2);
    await provider.shutdown();
    diag.disable();

    expect(await storedSeries()).toEqual([
      ['process.cpu.time:user', [1.5, 2.5]],
      ['process.memory.usage:', [200 * MIB, 100 * MIB]],
    ]);
    const attempt = await store().db.selectFrom('attempt').selectAll().executeTakeFirstOrThrow();
    expect(attempt).toMatchObject({
      run: 'js-run',
      request_cpu_cores: 8,
      cpu_seconds: 2.5,
      peak_memory_mib: 200,
      outcome: null,
    });
    expect(warnings.join('\n')).toContain('http.client.request.duration: 1 rejected');
  });

  test(
    'the unmodified Python SDK feeds the collector',
    { timeout: INSTALL_TIMEOUT_MS },
    async () => {
      const python = await otelPython();

      const { stdout } = await run(python, [PYTHON_PROGRAM, server.url]);

      expect(stdout.trim().split('\n')).toEqual(['{"result": "SUCCESS"}', '{"result": "SUCCESS"}']);
      expect(await storedSeries()).toEqual([
        ['process.cpu.time:user', [1.5, 2]],
        ['process.memory.usage:', [100 * MIB, 150 * MIB]],
      ]);
      const attempt = await store().db.selectFrom('attempt').selectAll().executeTakeFirstOrThrow();
      expect(attempt).toMatchObject({ run: 'python-run', cpu_seconds: 2, peak_memory_mib: 150 });
    },
  );
});
