// A Node program with an OpenTelemetry set-up of its own. StepFit finds its providers and reports through them: the
// usage of both steps arrives wherever this program's metrics and traces go.
//
//   OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4380 node program.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { createStepfit } from '@stepfit/sdk-plugin';

const sdk = new NodeSDK({
  serviceName: 'nightly',
  metricReaders: [
    new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter(),
      exportIntervalMillis: 1_000,
    }),
  ],
  traceExporter: new OTLPTraceExporter(),
});
sdk.start();

const stepfit = createStepfit();
const rows = 4_000_000;

// Worker threads are part of the step: they live in the program's process.
await stepfit.step(
  { flow: 'nightly', step: 'sort', request: { cpuCores: 2, memoryMiB: 2048 }, features: { rows } },
  async () => {
    const source = `
      const numbers = new Float64Array(${rows}).map(() => Math.random());
      numbers.sort();
      require('node:worker_threads').parentPort.postMessage(numbers[0]);`;
    await once(new Worker(source, { eval: true }), 'message');
  },
);

// So are child processes.
await stepfit.step(
  { flow: 'nightly', step: 'compress', request: { cpuCores: 1, memoryMiB: 512 } },
  async () => {
    await once(spawn('sh', ['-c', 'head -c 50000000 /dev/urandom | gzip -1 | wc -c']), 'close');
  },
);

await sdk.shutdown();
