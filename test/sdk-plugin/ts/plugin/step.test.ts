import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import { createStepfit, type Stepfit } from '@stepfit/sdk-plugin/plugin/create-stepfit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import {
  attemptOf,
  peakBytes,
  pointsOf,
  type ReportedAttempt,
  spanAttribute,
} from '../../../support/metaflow-attempts.ts';
import {
  type RecordingCollector,
  startRecordingCollector,
} from '../../../support/metaflow-collector.ts';

const MIB = 2 ** 20;

describe('a step of a program', () => {
  let collector: RecordingCollector;
  let home: string;
  let stepfit: Stepfit;
  let seen = 0;
  beforeAll(async () => {
    collector = await startRecordingCollector();
    home = mkdtempSync(join(tmpdir(), 'stepfit-step-'));
    stepfit = createStepfit({ url: collector.url, spoolDir: home, exporter: 'own' });
  });
  beforeEach(() => {
    seen = collector.exports.length;
  });
  afterAll(async () => {
    await stepfit.flush();
    await collector.close();
    rmSync(home, { recursive: true });
  });

  async function reported(step: string): Promise<ReportedAttempt> {
    await stepfit.flush();
    return attemptOf(collector.exports.slice(seen), step);
  }

  /** What has been reported of the step under way, bytes. */
  function usageSoFar(): readonly number[] {
    return collector.exports
      .slice(seen)
      .flatMap(({ points }) => points)
      .filter(({ metric }) => metric === METRICS.memoryUsage.name)
      .map(({ value }) => value);
  }

  it('returns what its function returns, and is reported', async () => {
    const value = await stepfit.step(
      { flow: 'F', step: 'good', request: { memoryMiB: 512 }, features: { rows: 3 } },
      async () => {
        await sleep(300);
        return 'value';
      },
    );
    expect(value).toBe('value');
    const attempt = await reported('good');
    expect(attempt.exports[0]?.resource).toMatchObject({
      'stepfit.request.memory_mib': 512,
      'stepfit.feature.rows': 3,
      'stepfit.backend': 'command',
    });
    expect(spanAttribute(attempt, 'outcome')).toBe('succeeded');
    expect(pointsOf(attempt, 'memoryUsage').length).toBeGreaterThan(1);
  });

  it('throws what its function throws', async () => {
    const error = new TypeError('mine');
    await expect(
      stepfit.step({ flow: 'F', step: 'bad' }, () => {
        throw error;
      }),
    ).rejects.toBe(error);
    const attempt = await reported('bad');
    expect(spanAttribute(attempt, 'outcome')).toBe('failed');
    expect(spanAttribute(attempt, 'exceptionType')).toBe('TypeError');
  });

  it('is sampled while its code keeps the main thread busy', async () => {
    const busy = await stepfit.step({ flow: 'F', step: 'busy' }, () => {
      const fromMs = Date.now();
      while (Date.now() < fromMs + 1_000);
      return { fromMs, toMs: Date.now() };
    });
    const times = pointsOf(await reported('busy'), 'memoryUsage').map(({ timeMs }) => timeMs);
    expect(times.filter((timeMs) => timeMs > busy.fromMs && timeMs < busy.toMs)).not.toEqual([]);
  });

  it('counts worker threads and child processes', async () => {
    const hold = `globalThis.held = Buffer.alloc(${100 * MIB}, 1)`;
    const wait = "require('node:worker_threads').parentPort.once('message', () => process.exit())";
    await stepfit.step({ flow: 'F', step: 'threads' }, async () => {
      while (usageSoFar().length === 0) await sleep(20);
      const worker = new Worker(`${hold}; ${wait}`, { eval: true });
      const child = spawn(process.execPath, ['-e', `${hold}; process.stdin.resume()`]);
      const ended = Promise.all([once(child, 'close'), once(worker, 'exit')]);
      while (Math.max(...usageSoFar()) - Math.min(...usageSoFar()) < 200 * MIB) await sleep(20);
      child.stdin.end();
      worker.postMessage('end');
      await ended;
    });
    const attempt = await reported('threads');
    expect(Math.max(...pointsOf(attempt, 'processCount').map(({ value }) => value))).toBe(2);
    expect(peakBytes(attempt)).toBeGreaterThan(200 * MIB);
  });

  it('does not answer for what the program needed before', async () => {
    let block: Buffer | undefined = Buffer.alloc(400 * MIB, 1);
    expect(block.length).toBe(400 * MIB);
    block = undefined;
    // The memory goes back when it is collected.
    for (let at = 0; at < 50 && process.memoryUsage().arrayBuffers > 100 * MIB; at += 1) {
      Buffer.alloc(8 * MIB);
      await sleep(20);
    }
    const before = process.memoryUsage.rss();
    await stepfit.step({ flow: 'F', step: 'small' }, async () => sleep(200));
    expect(peakBytes(await reported('small'))).toBeLessThan(before + 150 * MIB);
  });

  it('without a name runs unmeasured', async () => {
    expect(await stepfit.step({ step: 'nameless' }, () => 7)).toBe(7);
    expect(collector.exports).toHaveLength(seen);
  });

  it('has no hints where nobody answers, and no error', async () => {
    const lonely = createStepfit({ url: 'http://127.0.0.1:9' });
    expect(await lonely.hints('F', 'good', { rows: 3 })).toMatchObject({
      kind: 'refusal',
      code: 'no-answer',
    });
  });
});
