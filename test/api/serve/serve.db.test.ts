import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Check } from '@stepfit/api/format/doctor-text';
import type { Report } from '@stepfit/api/http/schemas/report';
import type { StepExplanation } from '@stepfit/api/http/schemas/steps';
import type { System } from '@stepfit/api/http/schemas/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openTestStore, type StoreKind } from '../../support/database.ts';
import { sendHalf } from '../support/half-request.ts';
import { runCli, runCliProcess } from '../support/run-cli.ts';
import { requestsOf } from '../support/served-app.ts';
import { serveProcess, type ServedProcess, until } from '../support/served-process.ts';

let folder: string;
let served: ServedProcess;

async function post(url: string, body: object): Promise<number> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.status;
}

async function system(url: string): Promise<System> {
  return (await (await fetch(`${url}/api/v1/system`)).json()) as System;
}

async function cli(...args: string[]) {
  return runCli(args, { STEPFIT_URL: served.url });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stepfit-serve-'));
  served = await serveProcess(['--data-dir', join(folder, 'data')]);
  for (let run = 0; run < 6; run += 1) {
    const requests = requestsOf({
      flow: 'TrainFlow',
      run: `run-${run}`,
      startMs: Date.now() - 3_600_000 + run * 60_000,
      declaredCpuCores: 8,
      declaredMemoryMiB: 16_384,
      requestCpuCores: 8,
      requestMemoryMiB: 16_384,
      backend: 'local',
      peakMiB: 300,
      outcome: 'succeeded',
    });
    for (const [path, body] of Object.entries(requests)) {
      if ((await post(`${served.url}${path}`, body)) !== 200) throw new Error(`${path} refused`);
    }
  }
  await until(
    async () => system(served.url),
    ({ attempts, steps }) => attempts.settled === 6 && steps.tuneDue === 0,
  );
});
afterAll(async () => {
  await served.end('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

describe('the commands against a server', () => {
  it('report shows what was wasted and the next command', async () => {
    const { code, stdout, stderr } = await cli('report');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/flow TrainFlow · 1 step .*^train /ms);
    expect(stdout).toContain('16 GiB → ');
    expect(stdout).toContain('→ stepfit suggest TrainFlow/train');
    expect(stdout).not.toContain('\u001B');
  });

  it('suggest shows proof and the line to paste', async () => {
    const { code, stdout } = await cli('suggest', 'TrainFlow');

    expect(code).toBe(0);
    expect(stdout).toMatch(/0 of 6 attempts would have run out of memory/);
    expect(stdout).toMatch(/paste {2}@resources\(.*memory=\d+/);
  });

  it('explain shows the evidence', async () => {
    const { code, stdout } = await cli('explain', 'TrainFlow/train');

    expect(code).toBe(0);
    for (const part of ['EVIDENCE', 'MEMORY', 'CPU', 'RISK', 'NEWEST ATTEMPTS']) {
      expect(stdout).toContain(part);
    }
  });

  it('doctor finds the server well', async () => {
    const { code, stdout } = await cli('doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: Check[] };

    expect(code).toBe(0);
    expect(checks.filter((check) => check.state === 'fail')).toEqual([]);
    expect(checks.find((check) => check.name === 'attempts')?.detail).toContain('6 attempts');
  });

  it('give the data with --json', async () => {
    const report = JSON.parse((await cli('report', '--json')).stdout) as Report;
    const verdicts = JSON.parse((await cli('suggest', '--json')).stdout) as { step: string }[];
    const explanation = JSON.parse(
      (await cli('explain', 'TrainFlow/train', '--json')).stdout,
    ) as StepExplanation;

    expect(report.totals.attempts).toBe(6);
    expect(verdicts.map((verdict) => verdict.step)).toEqual(['train']);
    expect(explanation.suggestion?.evidence.attempts).toBe(6);
  });

  it.each([
    ['explain', 'TrainFlow/none'],
    ['suggest', 'NoFlow'],
  ])('%s %s ends with 5: there is no such thing', async (...args) => {
    const { code, stdout, stderr } = await cli(...args);

    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toMatch(/\[not-found\]\n {2}→ /);
  });
});

describe('a second server', () => {
  it('is refused the data directory of the first', async () => {
    const { code, stderr } = await runCliProcess([
      'serve',
      '--port',
      '0',
      '--data-dir',
      join(folder, 'data'),
      '--log-level',
      'silent',
    ]);

    expect(code).toBe(1);
    expect(stderr).toMatch(/\[store-locked\]\n {2}→ /);
  });

  it('is told that the port is taken, and by what to do', async () => {
    const port = new URL(served.url).port;
    const { code, stderr } = await runCliProcess([
      'serve',
      '--port',
      port,
      '--data-dir',
      join(folder, 'second'),
      '--log-level',
      'silent',
    ]);

    expect(code).toBe(1);
    expect(stderr).toBe(
      `stepfit: Port ${port} on 127.0.0.1 is in use by another program. [port-in-use]\n` +
        `  → Stop that program, or pick another port: stepfit serve --port ${Number(port) + 1}\n`,
    );
  });
});

describe('the end of a server', () => {
  it.each([
    ['SIGTERM', 'pglite'],
    ['SIGINT', 'postgres'],
  ] as const)('by %s on %s is clean, and nothing is lost', async (signal, kind) => {
    const database = await openDatabase(kind);
    const first = await serveProcess(database.args);
    const startMs = Date.now() - 60_000;
    const requests = requestsOf({ startMs, peakMiB: 10, outcome: 'succeeded' });
    for (const [path, body] of Object.entries(requests)) {
      expect(await post(`${first.url}${path}`, body)).toBe(200);
    }
    const code = await first.end(signal);
    const second = await serveProcess(database.args);
    const { attempts } = await until(
      async () => system(second.url),
      (answer) => answer.attempts.unsettled === 0,
    );
    await second.end('SIGTERM');
    await database.close();

    expect(code).toBe(0);
    expect(first.log().at(-1)?.msg).toBe('stopped');
    expect(first.log().filter(({ level }) => level >= 40)).toEqual([]);
    expect(attempts.settled).toBe(1);
  });
});

it('a second signal ends a server at once, though a request is still in flight', async () => {
  const database = await openDatabase('postgres');
  const stuck = await serveProcess(database.args);
  const { socket, answer } = await sendHalf(stuck.url, '{"resourceMetrics":[]}');
  stuck.signal('SIGTERM');
  await until(
    async () => stuck.complaints(),
    (told) => told.includes('shutting down'),
  );
  const code = await stuck.end('SIGTERM');
  socket.destroy();
  await answer;
  await database.close();

  // A graceful end would have been 0.
  expect(code).toBe(1);
  expect(stuck.log().map(({ msg }) => msg)).not.toContain('stopped');
});

async function openDatabase(
  kind: StoreKind,
): Promise<{ args: readonly string[]; close: () => Promise<void> }> {
  if (kind === 'pglite') {
    return { args: ['--data-dir', join(folder, 'ended')], close: async () => undefined };
  }
  const store = await openTestStore('postgres');
  return {
    args: ['--database-url', store.databaseUrl ?? ''],
    close: async () => store.close(),
  };
}
