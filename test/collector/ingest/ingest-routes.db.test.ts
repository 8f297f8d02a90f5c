import { gzipSync } from 'node:zlib';

import type { Database } from '@stepfit/collector/db/tables';
import { DEFAULT_INGEST_LIMITS } from '@stepfit/collector/ingest/ingest-limits';
import { ingestRoutes } from '@stepfit/collector/ingest/ingest-routes';
import Fastify, { type FastifyInstance } from 'fastify';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { emptyStore, onEachStore } from '../../support/database.ts';
import { decodeOtlp, encodeOtlp } from '../../support/otlp-proto.ts';
import {
  attemptSpan,
  keyValues,
  metricOf,
  metricsRequest,
  nanos,
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

  async function storedRows(): Promise<number> {
    const tables = ['attempt', 'usage_chunk', 'step'] as const;
    const rows = await Promise.all(
      tables.map((table) => store().db.selectFrom(table).selectAll().execute()),
    );
    return rows.flat().length;
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

  describe('bad input', () => {
    const PROTOBUF = { 'content-type': 'application/x-protobuf' };
    const JSON_TYPE = { 'content-type': 'application/json' };
    const WHOLE = encodeOtlp('MetricsRequest', REQUEST);

    function withPoints(...values: readonly object[]): string {
      return JSON.stringify(
        metricsRequest(resourceOf({ startedUnixMs: START_MS }), [
          { name: 'process.memory.usage', unit: 'By', gauge: { dataPoints: values } },
        ]),
      );
    }

    test.each([
      ['truncated protobuf', 400, PROTOBUF, () => WHOLE.subarray(0, -7)],
      ['bytes that are no protobuf', 400, PROTOBUF, () => Buffer.from('hello, world')],
      ['JSON cut off', 400, JSON_TYPE, () => Buffer.from('{"resourceMetrics":[')],
      ['JSON of wrong types', 400, JSON_TYPE, () => Buffer.from('{"resourceMetrics":"all"}')],
      ['no JSON at all', 400, JSON_TYPE, () => Buffer.alloc(0)],
      [
        'gzip cut off',
        400,
        { ...PROTOBUF, 'content-encoding': 'gzip' },
        () => gzipSync(WHOLE).subarray(0, -9),
      ],
      [
        'a gzip bomb',
        413,
        { ...PROTOBUF, 'content-encoding': 'gzip' },
        () => gzipSync(Buffer.alloc(200_000_000)),
      ],
      [
        'a body beyond the limit',
        413,
        PROTOBUF,
        () => Buffer.alloc(DEFAULT_INGEST_LIMITS.maxBodyBytes + 1),
      ],
      ['a million attributes', 413, { ...PROTOBUF, 'content-encoding': 'gzip' }, millionAttributes],
      ['ten thousand unknown steps', 413, PROTOBUF, tenThousandSteps],
      ['another content type', 415, { 'content-type': 'text/plain' }, () => Buffer.from('x')],
      ['another content encoding', 415, { ...PROTOBUF, 'content-encoding': 'br' }, () => WHOLE],
    ])(
      '%s: %i, nothing stored, one line in the log, and the server goes on',
      async (_, status, headers, body) => {
        const payload = body();

        const response = await post('/v1/metrics', payload, headers);
        await post('/v1/metrics', payload, headers);

        expect(response.statusCode).toBe(status);
        const answer: object =
          response.headers['content-type'] === 'application/x-protobuf'
            ? decodeOtlp('RpcStatus', response.rawPayload)
            : response.json();
        expect(answer).toMatchObject({
          code: 3,
          message: expect.stringMatching(/\w+ .+\./) as string,
        });
        expect(await storedRows()).toBe(0);
        expect(log.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
          'warn: bad input refused',
        ]);
        expect((await post('/v1/metrics', WHOLE, PROTOBUF)).statusCode).toBe(200);
      },
    );

    test.each([
      ['NaN', 'not-a-number', { timeUnixNano: nanos(START_MS), asDouble: 'NaN' }],
      ['an infinity', 'not-a-number', { timeUnixNano: nanos(START_MS), asDouble: 'Infinity' }],
      ['a time in 1970', 'too-old', { timeUnixNano: '1', asDouble: 1 }],
      [
        'a time in 2100',
        'in-future',
        { timeUnixNano: nanos(Date.parse('2100-01-01')), asDouble: 1 },
      ],
    ])(
      '%s: partial success, nothing of it stored, one line in the log',
      async (_, reason, point) => {
        const response = await post('/v1/metrics', withPoints(point), JSON_TYPE);
        await post('/v1/metrics', withPoints(point), JSON_TYPE);

        expect(response.statusCode).toBe(200);
        expect(response.json()).toEqual({
          partialSuccess: {
            rejectedDataPoints: '1',
            errorMessage: expect.stringContaining(
              `process.memory.usage: 1 rejected (${reason})`,
            ) as string,
          },
        });
        expect(await storedRows()).toBe(0);
        expect(log.lines.map(({ fields }) => fields)).toMatchObject([
          { reason, project: 'default' },
        ]);
      },
    );

    test('what is sound beside it is stored', async () => {
      const sound = { timeUnixNano: nanos(START_MS + 1_000), asDouble: 1 };
      const unsound = { timeUnixNano: nanos(START_MS + 2_000), asDouble: -1 };

      const response = await post('/v1/metrics', withPoints(sound, unsound), JSON_TYPE);

      expect(response.json()).toMatchObject({ partialSuccess: { rejectedDataPoints: '1' } });
      expect(await storedPoints()).toBe(1);
    });

    test('steps beyond the project’s limit are rejected by name', async () => {
      const context = {
        store: store(),
        clock: () => NOW,
        log,
        limits: { ...DEFAULT_INGEST_LIMITS, maxStepsPerProject: 1 },
      };
      const limited = Fastify();
      await ingestRoutes(limited, context);
      const resourceMetrics = ['first', 'second'].map((step) => ({
        resource: resourceOf({ startedUnixMs: START_MS, step }),
        scopeMetrics: [{ metrics: [metricOf('memoryUsage', [{ atMs: START_MS, value: 1 }])] }],
      }));

      const response = await limited.inject({
        method: 'POST',
        url: '/v1/metrics',
        payload: JSON.stringify({ resourceMetrics }),
        headers: JSON_TYPE,
      });

      expect(response.json()).toEqual({
        partialSuccess: {
          rejectedDataPoints: '1',
          errorMessage:
            'TrainFlow/second: 1 rejected (too-many-steps): the project has 1 steps already',
        },
      });
      expect(await storedPoints()).toBe(1);
      await limited.close();
    });
  });

  describe('many senders', () => {
    test('at once are all acknowledged, and every point is stored once', async () => {
      const requests = Array.from({ length: 60 }, (_, i) =>
        encodeOtlp(
          'MetricsRequest',
          metricsRequest(resourceOf({ startedUnixMs: START_MS, task: `task-${i % 7}` }), [
            metricOf('memoryUsage', [{ atMs: START_MS + i, value: i }]),
          ]),
        ),
      );

      const responses = await Promise.all(
        // Each is sent twice, as a sender does that did not hear the answer.
        [...requests, ...requests].map((body) =>
          post('/v1/metrics', body, { 'content-type': 'application/x-protobuf' }),
        ),
      );

      expect(responses.map(({ statusCode }) => statusCode)).toEqual(responses.map(() => 200));
      expect(await storedPoints()).toBe(60);
    });

    test('beyond what may wait are asked to come back', async () => {
      const hasty = Fastify();
      await ingestRoutes(hasty, {
        store: store(),
        clock: () => NOW,
        log,
        limits: { ...DEFAULT_INGEST_LIMITS, maxWaitingPoints: 2 },
      });
      const body = encodeOtlp('MetricsRequest', REQUEST);

      const responses = await Promise.all(
        Array.from({ length: 10 }, () =>
          hasty.inject({
            method: 'POST',
            url: '/v1/metrics',
            payload: body,
            headers: { 'content-type': 'application/x-protobuf' },
          }),
        ),
      );

      const refused = responses.filter(({ statusCode }) => statusCode !== 200);
      expect(refused.length).toBeGreaterThan(0);
      for (const { statusCode, headers } of refused) {
        expect(statusCode).toBe(503);
        expect(headers['retry-after']).toBe('2');
      }
      await hasty.close();
    });
  });

  test('a store that is away is 503 with Retry-After, and the log says that a person must act', async () => {
    const broken = Fastify();
    const away = new Kysely<Database>({
      dialect: new PostgresDialect({
        pool: new Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 2_000 }),
      }),
    });
    await ingestRoutes(broken, {
      store: { db: away, kind: 'postgres', close: async () => away.destroy() },
      clock: () => NOW,
      log,
      limits: DEFAULT_INGEST_LIMITS,
    });

    const response = await broken.inject({
      method: 'POST',
      url: '/v1/metrics',
      payload: encodeOtlp('MetricsRequest', REQUEST),
      headers: { 'content-type': 'application/x-protobuf' },
    });

    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('2');
    expect(decodeOtlp('RpcStatus', response.rawPayload)).toMatchObject({ code: 14 });
    expect(log.lines.map(({ level }) => level)).toEqual(['error']);
    await broken.close();
    await away.destroy();
  });
});

function millionAttributes(): Buffer {
  const attribute = keyValues({ a: 1 });
  const resource = { attributes: Array.from({ length: 1_000_000 }, () => attribute[0]) };
  return gzipSync(encodeOtlp('MetricsRequest', metricsRequest(resource, [])));
}

function tenThousandSteps(): Buffer {
  const metrics = [metricOf('memoryUsage', [{ atMs: START_MS, value: 1 }])];
  const resourceMetrics = Array.from({ length: 10_000 }, (_, i) => ({
    resource: resourceOf({ startedUnixMs: START_MS, step: `step-${i}` }),
    scopeMetrics: [{ metrics }],
  }));
  return encodeOtlp('MetricsRequest', { resourceMetrics });
}
