import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

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
    await stepfit.step({ flow: 'F', step: 'busy' }, () => {
      const until = Date.now() + 1_200;
      while (Date.now() < until);
    });
    const times = pointsOf(await reported('busy'), 'memoryUsage').map(({ timeMs }) => timeMs);
    expect(times.length).toBeGreaterThan(5);
  });

  it('counts worker threads and child processes', async () => {
    await stepfit.step({ flow: 'F', step: 'threads' }, async () => {
      const hold = `setTimeout(() => {}, 700); globalThis.held = Buffer.alloc(${100 * MIB}, 1);`;
      const worker = new Worker(hold, { eval: true });
      const child = promisify(execFile)(process.execPath, ['-e', hold]);
      await Promise.all([child, new Promise((resolve) => worker.on('exit', resolve))]);
    });
    const attempt = await reported('threads');
    const usage = pointsOf(attempt, 'memoryUsage').map(({ value }) => value);
    expect(Math.max(...usage) - Math.min(...usage)).toBeGreaterThan(150 * MIB);
    expect(Math.max(...pointsOf(attempt, 'processCount').map(({ value }) => value))).toBe(2);
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
