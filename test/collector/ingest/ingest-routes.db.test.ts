import { gzipSync } from 'node:zlib';

import { DEFAULT_INGEST_LIMITS } from '@stepfit/collector/ingest/ingest-limits';
import { ingestRoutes } from '@stepfit/collector/ingest/ingest-routes';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { emptyStore, onEachStore } from '../../support/database.ts';
import { decodeOtlp, encodeOtlp } from '../../support/otlp-proto.ts';
import {
  attemptSpan,
  metricOf,
  metricsRequest,
  resourceOf,
  tracesRequest,
} from '../../support/otlp.ts';
import { recordingLog } from '../../support/recording-log.ts';

const NOW = new Date('2026-06-01T12:00:00.000Z');
const START_MS = NOW.getTime() - 10_000;

const REQUEST = metricsRequest(resourceOf({ startedUnixMs: START_MS }), [
  metricOf('memoryUsage', [
    { atMs: START_MS + 1_000, value: 100 * 2 ** 20 },
    { atMs: START_MS + 2_000, value: 300 * 2 ** 20 },
  ]),
]);

onEachStore((store) => {
  let app: FastifyInstance;
  let log: ReturnType<typeof recordingLog>;

  beforeEach(async () => {
    await emptyStore(store());
    log = recordingLog();
    app = Fastify();
    await ingestRoutes(app, {
      store: store(),
      clock: () => NOW,
      log,
      limits: DEFAULT_INGEST_LIMITS,
    });
  });
  afterEach(async () => {
    await app.close();
  });

  async function post(url: string, body: Buffer | string, headers: Record<string, string>) {
    return app.inject({ method: 'POST', url, payload: body, headers });
  }

  async function storedPoints(): Promise<number> {
    const chunks = await store().db.selectFrom('usage_chunk').selectAll().execute();
    return chunks.reduce((sum, chunk) => sum + chunk.offsets_ms.length, 0);
  }

  test('stores what protobuf carries and answers in protobuf', async () => {
    const response = await post('/v1/metrics', encodeOtlp('MetricsRequest', REQUEST), {
      'content-type': 'application/x-protobuf',
    });

    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/x-protobuf');
    expect(decodeOtlp('MetricsResponse', response.rawPayload)).toEqual({});
    expect(await storedPoints()).toBe(2);
    const attempt = await store().db.selectFrom('attempt').selectAll().executeTakeFirstOrThrow();
    expect(attempt).toMatchObject({ flow: 'TrainFlow', peak_memory_mib: 300, outcome: null });
  });

  test('takes JSON, a charset parameter and gzip', async () => {
    const response = await post('/v1/metrics', gzipSync(JSON.stringify(REQUEST)), {
      'content-type': 'application/json; charset=utf-8',
      'content-encoding': 'gzip',
    });

    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({});
    expect(await storedPoints()).toBe(2);
  });

  test('a span closes its attempt', async () => {
    const span = attemptSpan({ outcome: 'failed', startMs: START_MS, endMs: START_MS + 3_000 });
    const response = await post(
      '/v1/traces',
      encodeOtlp('TracesRequest', tracesRequest(resourceOf({ startedUnixMs: START_MS }), [span])),
      { 'content-type': 'application/x-protobuf' },
    );

    expect(response.statusCode).toBe(200);
    const attempt = await store().db.selectFrom('attempt').selectAll().executeTakeFirstOrThrow();
    expect(attempt).toMatchObject({
      outcome: 'failed',
      outcome_source: 'reported',
      ended_at: new Date(START_MS + 3_000),
    });
  });
});
