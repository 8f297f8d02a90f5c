import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

import { openStore } from '@stepfit/collector/db/open-store';
import { attemptId } from '@stepfit/collector/identity/attempt-id';
import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { freePort, ROOT, runToEnd, serveProduct, untilTuned } from '../support/product.ts';
import { silentLog } from '../support/silent-log.ts';

/** One number as the wire had it: which attempt, which series, when, and what. */
interface Sample {
  readonly key: string;
  readonly value: number;
}

/**
 * A real run of the example flow; in the middle of it the server gets `kill -9`, stays away for some seconds,
 * and comes back on the same folder. A relay in between knows which requests the server had acknowledged.
 */
describe('a server that is killed in the middle of a run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepfit-killed-'));
  const dataDir = join(folder, 'data');
  const acknowledged: Sample[] = [];
  let flow: { status: number | null; output: string };
  let acknowledgedBeforeKill = 0;
  let stored: Map<string, number[]>;
  let outcomes: (string | null)[];

  beforeAll(async () => {
    const port = await freePort();
    const relay = await startRelay(port, acknowledged);
    let product = await serveProduct({ port, dataDir });

    const running = runToEnd(
      inject('python'),
      [
        join(ROOT, 'sdk-plugin/examples/over_provisioned_flow.py'),
        '--no-pylint',
        'run',
        '--with',
        'stepfit',
      ],
      { cwd: folder, env: flowEnvironment(folder, relay.url) },
    );
    while (acknowledged.length < 200) await sleep(100);
    product.process.kill('SIGKILL');
    await sleep(100);
    acknowledgedBeforeKill = acknowledged.length;
    await sleep(3000);
    product = await serveProduct({ port, dataDir });
    flow = await running;
    await untilTuned(product.url);
    await product.stop();
    relay.server.close();

    ({ stored, outcomes } = await readStore(dataDir));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('does not disturb the flow', () => {
    expect(flow.status, flow.output).toBe(0);
  });

  it('holds every acknowledged sample, each once', () => {
    expect(acknowledgedBeforeKill).toBeGreaterThanOrEqual(200);
    const missing = acknowledged.filter(({ key, value }) => !stored.get(key)?.includes(value));
    const repeated = [...stored].filter(([, values]) => values.length > 1);

    expect(missing).toEqual([]);
    expect(repeated).toEqual([]);
  });

  it('knows how every attempt ended', () => {
    expect(outcomes.length).toBe(12);
    expect(new Set(outcomes)).toEqual(new Set(['succeeded']));
  });
});

function flowEnvironment(folder: string, url: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    METAFLOW_USER: 'tester',
    METAFLOW_HOME: join(folder, 'home'),
    METAFLOW_DATASTORE_SYSROOT_LOCAL: join(folder, 'metaflow'),
    METAFLOW_STEPFIT_URL: url,
    METAFLOW_STEPFIT_SPOOL: join(folder, 'spool'),
  };
}

/** Passes requests on, and notes the samples of each that the server answered with a plain yes. */
async function startRelay(
  serverPort: number,
  acknowledged: Sample[],
): Promise<{ server: Server; url: string }> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = await readAll(incoming);
      const forwarded = request(
        {
          port: serverPort,
          host: '127.0.0.1',
          method: incoming.method,
          path: incoming.url,
          headers: { ...incoming.headers, host: `127.0.0.1:${serverPort}` },
        },
        (answer) => {
          void (async () => {
            const answerBody = await readAll(answer);
            if (answer.statusCode === 200 && incoming.url === '/v1/metrics') {
              acknowledged.push(...samplesOf(body));
            }
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(answerBody);
          })();
        },
      );
      forwarded.on('error', () => {
        outgoing.destroy();
      });
      forwarded.end(body);
    })();
  });
  const port = await freePort();
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return { server, url: `http://127.0.0.1:${port}` };
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface OtlpAttribute {
  key: string;
  value: { stringValue?: string; intValue?: string | number };
}
interface OtlpPoint {
  timeUnixNano: string;
  asDouble?: number;
  asInt?: string | number;
  attributes?: OtlpAttribute[];
}
interface OtlpMetrics {
  resourceMetrics: {
    resource: { attributes: OtlpAttribute[] };
    scopeMetrics: {
      metrics: {
        name: string;
        gauge?: { dataPoints: OtlpPoint[] };
        sum?: { dataPoints: OtlpPoint[] };
      }[];
    }[];
  }[];
}

function samplesOf(body: Buffer): Sample[] {
  const text = body[0] === 0x1f ? gunzipSync(body) : body;
  const { resourceMetrics } = JSON.parse(text.toString()) as OtlpMetrics;
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) => {
    const id = idOf(resource.attributes);
    return scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .flatMap(({ name, gauge, sum }) =>
        (gauge ?? sum)?.dataPoints.map((point) => ({
          key: [id, name, seriesOf(point), wholeMilliseconds(point.timeUnixNano)].join(' '),
          value: Number(point.asDouble ?? point.asInt),
        })),
      )
      .filter((sample) => sample !== undefined);
  });
}

/** Points are told apart by the millisecond, rounded down: `docs/otlp.md`. */
function wholeMilliseconds(unixNano: string): bigint {
  return BigInt(unixNano) / 1_000_000n;
}

function seriesOf(point: OtlpPoint): string {
  return (point.attributes ?? [])
    .map(({ value }) => value.stringValue ?? String(value.intValue))
    .join('/');
}

function idOf(attributes: readonly OtlpAttribute[]): string {
  function text({ name }: { name: string }): string {
    const value = attributes.find(({ key }) => key === name)?.value;
    return String(value?.stringValue ?? value?.intValue ?? 'default');
  }
  return attemptId({
    project: text(RESOURCE_ATTRIBUTES.project),
    flow: text(RESOURCE_ATTRIBUTES.flow),
    run: text(RESOURCE_ATTRIBUTES.run),
    step: text(RESOURCE_ATTRIBUTES.step),
    task: text(RESOURCE_ATTRIBUTES.task),
    attempt: Number(text(RESOURCE_ATTRIBUTES.attempt)),
  });
}

/** The killed and reopened store, read without the server: every sample by its key, and how attempts ended. */
async function readStore(
  dataDir: string,
): Promise<{ stored: Map<string, number[]>; outcomes: (string | null)[] }> {
  const store = await openStore({ dataDir, log: silentLog });
  const chunks = await store.db.selectFrom('usage_chunk').selectAll().execute();
  const attempts = await store.db.selectFrom('attempt').select('outcome').execute();
  await store.close();

  const stored = new Map<string, number[]>();
  for (const chunk of chunks) {
    chunk.offsets_ms.forEach((offsetMs, index) => {
      const timeMs = chunk.chunk_start.getTime() + offsetMs;
      const key = [chunk.attempt_id, chunk.metric, chunk.series, timeMs].join(' ');
      stored.set(key, [...(stored.get(key) ?? []), chunk.point_values[index] ?? Number.NaN]);
    });
  }
  return { stored, outcomes: attempts.map(({ outcome }) => outcome) };
}
