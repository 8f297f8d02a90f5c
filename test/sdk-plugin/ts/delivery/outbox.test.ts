import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { BackOff } from '@stepfit/sdk-plugin/delivery/back-off';
import { CollectorClient } from '@stepfit/sdk-plugin/delivery/collector-client';
import { judgeAnswer } from '@stepfit/sdk-plugin/delivery/judge-answer';
import { Outbox } from '@stepfit/sdk-plugin/delivery/outbox';
import { Spool } from '@stepfit/sdk-plugin/delivery/spool';
import { Encoder } from '@stepfit/sdk-plugin/otlp/encoder';
import { point, type Sample } from '@stepfit/sdk-plugin/sampling/sample';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const IDENTITY = { project: 'p', flow: 'F', run: 'r', step: 's', task: 't', attempt: 0 };
const END = { outcome: 'succeeded', evidence: 'ok', endedMs: 2_000 } as const;
const TOTALS = { peak: { bytes: 5, source: 'rss' }, cpuS: 1 } as const;

function sample(atMs: number): Sample {
  return { atMs, points: [point('memoryUsage', atMs)] };
}

describe('an outbox', () => {
  let server: Server;
  let home: string;
  let respond: RequestListener;
  let received: { readonly path: string; readonly times: readonly string[] }[];

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'stepfit-outbox-'));
    received = [];
    respond = (_, response) => response.end('{}');
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = gunzipSync(Buffer.concat(chunks)).toString();
        const times = [...text.matchAll(/"timeUnixNano":"(\d+)000000"/g)].map(
          (found) => found[1] ?? '',
        );
        received.push({ path: request.url ?? '', times });
        respond(request, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(home, { recursive: true });
  });

  function spool(): Spool {
    return new Spool(join(home, 'spool'));
  }

  function openOutbox(): Outbox {
    const { port } = server.address() as AddressInfo;
    return new Outbox({
      encoder: new Encoder({
        identity: IDENTITY,
        startedMs: 1_000,
        facts: {},
        features: {},
        sampler: 'x/1',
      }),
      client: new CollectorClient({ url: `http://127.0.0.1:${port}`, userAgent: 'x/1' }),
      spool: spool(),
      say: () => undefined,
      random: () => 0,
    });
  }

  function spooledKinds(): string[] {
    const taker = spool();
    const kinds: string[] = [];
    for (let claim = taker.claim(); claim; claim = taker.claim()) kinds.push(claim.kind);
    return kinds;
  }

  it('sends samples, then the span, and leaves nothing behind', async () => {
    const outbox = openOutbox();
    for (const at of [1_001, 1_002, 1_003]) outbox.add(sample(at), { flush: at === 1_002 });
    await outbox.close({ end: END, totals: TOTALS }, 2_000);
    expect(
      received.filter(({ path }) => path === '/v1/metrics').flatMap(({ times }) => times),
    ).toEqual(['1001', '1002', '1003']);
    expect(received.at(-1)?.path).toBe('/v1/traces');
    expect(spooledKinds()).toEqual([]);
  });

  it.each<[string, RequestListener]>([
    ['is out of order', (_, response) => response.writeHead(500).end()],
    ['is no collector', (_, response) => response.end('<html>hello</html>')],
    ['hangs', () => undefined],
    ['hangs up', (request) => request.socket.destroy()],
    [
      'answers byte by byte',
      (_, response) => void setInterval(() => response.write(' '), 50).unref(),
    ],
  ])('spools everything where the collector %s', async (_, manners) => {
    respond = manners;
    const outbox = openOutbox();
    outbox.add(sample(1_001), { flush: true });
    await outbox.close({ end: END, totals: TOTALS }, 300);
    expect(spooledKinds()).toEqual(['metrics', 'traces']);
  });

  it('gives up at once when there is hurry', async () => {
    respond = () => undefined;
    const outbox = openOutbox();
    outbox.add(sample(1_001), { flush: true });
    await outbox.close({ end: END, totals: TOTALS }, 3_600_000, Promise.resolve());
    expect(spooledKinds()).toEqual(['metrics', 'traces']);
  });

  it('drops what the collector refuses for good: it would refuse it again', async () => {
    respond = (_, response) => response.writeHead(400).end();
    const outbox = openOutbox();
    outbox.add(sample(1_001), { flush: true });
    await outbox.close({ end: END, totals: TOTALS }, 2_000);
    expect(spooledKinds()).toEqual([]);
  });

  it('delivers what earlier ones had to leave', async () => {
    const down = respond;
    respond = (_, response) => response.writeHead(503).end();
    const first = openOutbox();
    first.add(sample(1_001), { flush: true });
    await first.close({ end: END, totals: TOTALS }, 500);
    respond = down;
    received = [];
    await openOutbox().close({ end: END, totals: TOTALS }, 2_000);
    expect(received.map(({ path }) => path)).toEqual(['/v1/traces', '/v1/metrics', '/v1/traces']);
    expect(spooledKinds()).toEqual([]);
  });

  it('holds a bounded number of samples through an outage', async () => {
    respond = (_, response) => response.writeHead(503).end();
    const outbox = openOutbox();
    for (let at = 1; at <= 2_000; at += 1) {
      outbox.add(sample(1_000 + at), { flush: at % 600 === 0 });
    }
    await outbox.close({ end: END, totals: TOTALS }, 500);
    respond = (_, response) => response.end('{}');
    received = [];
    await openOutbox().close({ end: END, totals: TOTALS }, 2_000);
    const times = received.flatMap(({ times: own }) => own);
    expect(new Set(times).size).toBe(2_000);
  });
});

describe('an answer', () => {
  it.each([
    [200, '', 'delivered'],
    [200, '{}', 'delivered'],
    [200, '{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"why"}}', 'delivered'],
    [200, '[]', 'unavailable'],
    [200, 'ok', 'unavailable'],
    [400, '', 'refused'],
    [401, '', 'refused'],
    [408, '', 'unavailable'],
    [429, '', 'unavailable'],
    [503, '', 'unavailable'],
  ])('%i %j means %s', (status, body, verdict) => {
    expect(judgeAnswer(status, undefined, body).verdict).toBe(verdict);
  });

  it.each([
    ['3', 3_000],
    ['-1', 0],
    ['86400', 30_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['', undefined],
  ])('Retry-After %j is %j ms', (header, ms) => {
    expect(judgeAnswer(503, header, '').retryAfterMs).toBe(ms);
  });
});

describe('back-off', () => {
  it('doubles to half a minute, within half of it by chance, and never under what was asked', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.nat(40_000),
        (chance, asked) => {
          const backOff = new BackOff(() => chance);
          for (let failure = 0; failure < 10; failure += 1) {
            const full = Math.min(1_000 * 2 ** failure, 30_000);
            const waitMs = backOff.fail(asked);
            expect(waitMs).toBeGreaterThanOrEqual(Math.max(asked, full / 2));
            expect(waitMs).toBeLessThanOrEqual(Math.max(asked, full));
          }
          backOff.succeed();
          expect(backOff.fail()).toBeLessThanOrEqual(1_000);
        },
      ),
    );
  });
});
