import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openTestStore, type TestStore } from '../../support/database.ts';
import { freePort } from '../../support/product.ts';
import { requestsOf } from '../support/served-app.ts';
import { serveProcess, until } from '../support/served-process.ts';

/** A receiver that keeps the names and service of what it is sent as OTLP/JSON. */
interface Receiver {
  readonly url: string;
  readonly metrics: Map<string, unknown>;
  readonly spans: Set<string>;
  readonly services: Set<unknown>;
}

interface Resource {
  readonly attributes: readonly { key: string; value: { stringValue?: string } }[];
}

interface MetricsBody {
  readonly resourceMetrics: readonly {
    resource: Resource;
    scopeMetrics: readonly { metrics: readonly { name: string }[] }[];
  }[];
}

interface TracesBody {
  readonly resourceSpans: readonly {
    resource: Resource;
    scopeSpans: readonly { spans: readonly { name: string }[] }[];
  }[];
}

let store: TestStore;
let listening: Server;
let receiver: Receiver;

beforeEach(async () => {
  store = await openTestStore('postgres');
  const metrics = new Map<string, unknown>();
  const spans = new Set<string>();
  const services = new Set<unknown>();
  listening = createServer((request, response) => {
    void text(request).then((body) => {
      keep(JSON.parse(body) as Partial<MetricsBody & TracesBody>);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  function keep(body: Partial<MetricsBody & TracesBody>): void {
    for (const { resource, scopeMetrics } of body.resourceMetrics ?? []) {
      services.add(serviceOf(resource));
      for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) {
        metrics.set(metric.name, metric);
      }
    }
    for (const { resource, scopeSpans } of body.resourceSpans ?? []) {
      services.add(serviceOf(resource));
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) spans.add(span.name);
    }
  }
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  receiver = { url: `http://127.0.0.1:${port}`, metrics, spans, services };
});
afterEach(async () => {
  listening.closeAllConnections();
  await new Promise((resolve) => listening.close(resolve));
  await store.close();
});

function database(): readonly string[] {
  return ['--database-url', store.databaseUrl ?? ''];
}

function serviceOf({ attributes }: Resource): unknown {
  return attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
}

describe('the service’s own telemetry', () => {
  it('arrives where the standard variables say, as metrics and spans', async () => {
    const served = await serveProcess(database(), {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRIC_EXPORT_INTERVAL: '300',
      OTEL_METRIC_EXPORT_TIMEOUT: '300',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
    const requests = requestsOf({ startMs: Date.now() - 60_000, peakMiB: 5, outcome: 'succeeded' });
    for (const [path, body] of Object.entries(requests)) {
      await fetch(`${served.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    }
    await fetch(`${served.url}/api/v1/report`);
    await fetch(`${served.url}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [BAD_METRIC] }] }] }),
    });
    const wanted = [
      'http.server.request.duration',
      'stepfit.attempts.settled',
      'stepfit.ingest.duration',
      'stepfit.ingest.points',
      'stepfit.ingest.rejected',
      'stepfit.queue.due_steps',
      'stepfit.queue.unsettled_attempts',
      'stepfit.tuner.duration',
      'stepfit.tuner.steps',
    ];

    await until(
      async () => receiver.metrics,
      (metrics) => wanted.every((name) => metrics.has(name)),
    );
    await until(
      async () => receiver.spans,
      (spans) => spans.has('GET /api/v1/report') && spans.has('tune due steps'),
    );
    await served.end('SIGTERM');

    expect([...receiver.services]).toEqual(['stepfit']);
    expect([...receiver.spans]).toContain('POST /v1/metrics');
    expect(JSON.stringify(receiver.metrics.get('http.server.request.duration'))).toContain(
      '/api/v1/report',
    );
    expect(served.log().filter(({ level }) => level >= 50)).toEqual([]);
  });

  it('is not sent to the server itself, and the log says so', async () => {
    const port = await freePort();
    const served = await serveProcess([...database(), '--port', String(port)], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${port}`,
    });
    await served.end('SIGTERM');

    expect(served.log().map(({ msg }) => msg)).toContain(
      'telemetry is off: it would be sent to this server',
    );
  });

  it('is off where nothing asks for it', async () => {
    const served = await serveProcess(database());
    await served.end('SIGTERM');

    expect(served.log().filter(({ msg }) => msg.includes('telemetry'))).toEqual([]);
  });
});

/** A metric of nobody: it names no flow, so it is refused and counted. */
const BAD_METRIC = {
  name: 'process.cpu.time',
  gauge: { dataPoints: [{ timeUnixNano: '1', asDouble: 1 }] },
};
