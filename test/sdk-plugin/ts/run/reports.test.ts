import { accessSync, constants } from 'node:fs';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import {
  attemptOf,
  peakBytes,
  pointsOf,
  spanAttribute,
} from '../../../support/metaflow-attempts.ts';
import {
  type RecordingCollector,
  startRecordingCollector,
} from '../../../support/metaflow-collector.ts';
import { makeRunPlace, type RunPlace } from '../support/run-stepfit.ts';

const HOLD = 'let b = Buffer.alloc(150 << 20, 1); setTimeout(() => b.length, 700)';

function mayMakeCgroups(): boolean {
  try {
    accessSync('/sys/fs/cgroup/memory', constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

describe('what stepfit run reports', () => {
  let collector: RecordingCollector;
  let place: RunPlace;
  let seen = 0;
  beforeAll(async () => {
    collector = await startRecordingCollector();
    place = makeRunPlace(collector.url);
  });
  beforeEach(() => {
    seen = collector.exports.length;
  });
  afterAll(async () => {
    place.remove();
    await collector.close();
  });

  function reported(step = 'S'): ReturnType<typeof attemptOf> {
    return attemptOf(collector.exports.slice(seen), step);
  }

  it('is who it was, what it asked for, what it used, and how it ended', async () => {
    const identity = '--run r7 --task t3 --attempt 1 --project team --code-version abc';
    const request = '--cpu 500m --memory 2GB --gpu 1 --feature rows=12000 --feature kind=full';
    const options = `${identity} ${request}`.split(' ');
    await place.run([process.execPath, '-e', HOLD], { options });
    const attempt = reported();
    expect(attempt.exports[0]?.resource).toMatchObject({
      'stepfit.project': 'team',
      'cicd.pipeline.name': 'F',
      'cicd.pipeline.run.id': 'r7',
      'cicd.pipeline.task.name': 'S',
      'cicd.pipeline.task.run.id': 't3',
      'stepfit.attempt': 1,
      'stepfit.backend': 'command',
      'stepfit.request.cpu_cores': 0.5,
      'stepfit.request.memory_mib': 2e9 / 2 ** 20,
      'stepfit.request.gpu_count': 1,
      'stepfit.code_version': 'abc',
      'stepfit.feature.rows': 12_000,
      'stepfit.feature.kind': 'full',
    });
    expect(spanAttribute(attempt, 'outcome')).toBe('succeeded');
    expect(spanAttribute(attempt, 'exitCode')).toBe(0);
    expect(peakBytes(attempt)).toBeGreaterThan(150 * 2 ** 20);
    expect(peakBytes(attempt)).toBeLessThan(300 * 2 ** 20);
    expect(Number(spanAttribute(attempt, 'cpuSeconds'))).toBeGreaterThan(0);
    expect(pointsOf(attempt, 'memoryUsage').length).toBeGreaterThan(3);
    expect(new Set(pointsOf(attempt, 'cpuTime').map(({ labels }) => labels['cpu.mode']))).toEqual(
      new Set(['user', 'system']),
    );
  });

  it.each([
    ['exit 3', 3, 'The command ended with exit code 3.'],
    ['kill -TERM $$', -15, 'The command was killed by SIGTERM.'],
  ])('%s is a failure, with its evidence', async (script, exitCode, evidence) => {
    await place.run(['sh', '-c', script]);
    const attempt = reported();
    expect(spanAttribute(attempt, 'outcome')).toBe('failed');
    expect(spanAttribute(attempt, 'exitCode')).toBe(exitCode);
    expect(spanAttribute(attempt, 'outcomeEvidence')).toBe(evidence);
  });

  it('two commands of one job are two attempts', async () => {
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKFLOW: 'CI',
      GITHUB_JOB: 'build',
      GITHUB_RUN_ID: '99',
    };
    for (let at = 0; at < 2; at += 1) {
      await place.run(['true'], { env, options: ['--step', `S${at}`] });
    }
    const [one, other] = [reported('S0'), reported('S1')];
    expect(one.exports[0]?.resource['cicd.pipeline.run.id']).toBe('99');
    expect(one.task).not.toBe(other.task);
  });

  it('even of the shortest command has a peak', async () => {
    await place.run(['true']);
    expect(peakBytes(reported())).toBeGreaterThan(100_000);
    expect(peakBytes(reported())).toBeLessThan(64 * 2 ** 20);
  });

  it.runIf(mayMakeCgroups())(
    'with --enforce, a command beyond its request runs out of memory',
    async () => {
      const options = ['--enforce', '--memory', '100MiB'];
      const { code, signal, stderr } = await place.run([process.execPath, '-e', HOLD], { options });
      expect([code, signal], stderr).toEqual([null, 'SIGKILL']);
      const attempt = reported();
      expect(spanAttribute(attempt, 'outcome')).toBe('oom');
      expect(attempt.exports[0]?.resource['stepfit.limit.memory_mib']).toBe(100);
      expect(peakBytes(attempt) / 2 ** 20).toBeGreaterThan(95);
    },
  );

  it('switched off is nothing', async () => {
    const { stdout, stderr } = await place.run(['echo', 'x'], { env: { STEPFIT_DISABLE: '1' } });
    expect([stdout, stderr]).toEqual(['x\n', '']);
    expect(collector.exports).toHaveLength(seen);
  });
});
