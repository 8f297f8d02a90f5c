import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

import type { HintRequest } from '@stepfit/tuner/hints/hint';

import { createLocalServer } from './clouds/local-service.ts';

/** How a collector treats every request: as it should, or in one of the ways they fail. */
export type Manners = 'ok' | 'hang' | 'error' | 'rubbish' | 'slow' | 'trickle';

export interface Point {
  readonly metric: string;
  readonly timeMs: number;
  readonly value: number;
  readonly labels: Readonly<Record<string, AttributeValue>>;
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** What one accepted request says of one attempt. */
export interface Export {
  readonly kind: 'metrics' | 'traces';
  readonly resource: Readonly<Record<string, AttributeValue>>;
  readonly points: readonly Point[];
  readonly spans: readonly Span[];
}

export type AttributeValue = string | number | boolean;

interface OtlpAttribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: string;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
  };
}

interface OtlpPoint {
  readonly timeUnixNano: string;
  readonly asInt?: string;
  readonly asDouble?: number;
  readonly attributes?: readonly OtlpAttribute[];
}

interface OtlpMetric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: readonly OtlpPoint[] };
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] };
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
}

interface OtlpResource {
  readonly resource: { readonly attributes: readonly OtlpAttribute[] };
  readonly scopeMetrics?: readonly { readonly metrics: readonly OtlpMetric[] }[];
  readonly scopeSpans?: readonly { readonly spans: readonly OtlpSpan[] }[];
}

interface OtlpRequest {
  readonly resourceMetrics?: readonly OtlpResource[];
  readonly resourceSpans?: readonly OtlpResource[];
}

/** Records what samplers send, and misbehaves on demand: a double for collectors that fail. */
export interface RecordingCollector {
  readonly url: string;
  manners: Manners;
  readonly exports: readonly Export[];
  /** Questions of launches, as they were asked. */
  readonly launches: readonly HintRequest[];
  /** Answers a launch; without it, such a server is not there. */
  answerLaunch: ((launch: HintRequest) => object) | undefined;
  close(): Promise<void>;
}

/** Listens on a free port of this machine. */
export async function startRecordingCollector(): Promise<RecordingCollector> {
  const exports: Export[] = [];
  const launches: HintRequest[] = [];
  const server = createLocalServer(respond);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (await misbehave(request, response)) return;
    const body = Buffer.concat(chunks);
    const answer = request.method === 'GET' ? undefined : answerTo(request.url ?? '', body);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  }

  /** Returns true where that was all that comes of the request. */
  async function misbehave(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    switch (collector.manners) {
      case 'hang':
        return true;
      case 'error':
        response.writeHead(500).end('out of order');
        return true;
      case 'rubbish':
        request.socket.end('\u0000\u0001 what?\r\n\r\n');
        return true;
      case 'trickle':
        response.writeHead(200, { 'content-type': 'application/json' });
        for (; !response.destroyed; await pause(100)) response.write(' ');
        return true;
      case 'slow':
        await pause(700);
        return false;
      case 'ok':
        return false;
    }
  }

  function answerTo(path: string, body: Buffer): object | undefined {
    if (path === '/api/v1/hints' && collector.answerLaunch !== undefined) {
      const launch = JSON.parse(body.toString('utf8')) as HintRequest;
      launches.push(launch);
      return collector.answerLaunch(launch);
    }
    if (path.startsWith('/api/')) return undefined;
    exports.push(...decode(path, gunzipSync(body).toString('utf8')));
    return {};
  }

  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const { port } = server.address() as AddressInfo;
  const collector: RecordingCollector = {
    url: `http://127.0.0.1:${String(port)}`,
    manners: 'ok',
    exports,
    launches,
    answerLaunch: undefined,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => {
          done();
        });
      }),
  };
  return collector;
}

function decode(path: string, text: string): readonly Export[] {
  const request = JSON.parse(text) as OtlpRequest;
  const resources = request.resourceMetrics ?? request.resourceSpans ?? [];
  return resources.map(({ resource, scopeMetrics = [], scopeSpans = [] }) => ({
    kind: path.endsWith('/v1/metrics') ? 'metrics' : 'traces',
    resource: toRecord(resource.attributes),
    points: scopeMetrics.flatMap((scope) => scope.metrics).flatMap(toPoints),
    spans: scopeSpans.flatMap((scope) => scope.spans).map(toSpan),
  }));
}

function toPoints(metric: OtlpMetric): readonly Point[] {
  const points = metric.sum?.dataPoints ?? metric.gauge?.dataPoints ?? [];
  return points.map((point) => ({
    metric: metric.name,
    timeMs: Number(BigInt(point.timeUnixNano) / 1_000_000n),
    value: point.asInt === undefined ? (point.asDouble ?? Number.NaN) : Number(point.asInt),
    labels: toRecord(point.attributes ?? []),
  }));
}

function toSpan(span: OtlpSpan): Span {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    startMs: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
    endMs: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
    attributes: toRecord(span.attributes),
  };
}

function toRecord(attributes: readonly OtlpAttribute[]): Record<string, AttributeValue> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, toValue(value)]));
}

function toValue(value: OtlpAttribute['value']): AttributeValue {
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue ?? '';
}
