import { join } from 'node:path';

import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  attemptOf,
  attemptsOf,
  pointsOf,
  type ReportedAttempt,
  spanAttribute,
} from '../support/metaflow-attempts.ts';
import { type RecordingCollector, startRecordingCollector } from '../support/metaflow-collector.ts';
import { type FlowPlace, type FlowRun, makeFlowPlace } from '../support/metaflow-run.ts';

const ENDING_FLOW = join(import.meta.dirname, 'flows/ending_flow.py');
const CAUGHT_FLOW = join(import.meta.dirname, 'flows/caught_flow.py');

interface Ended {
  readonly run: FlowRun;
  readonly attempts: readonly ReportedAttempt[];
  readonly work: ReportedAttempt;
}

describe('how an attempt ends', () => {
  let collector: RecordingCollector;
  let place: FlowPlace;

  beforeAll(async () => {
    collector = await startRecordingCollector();
    place = makeFlowPlace();
  });

  afterAll(async () => {
    await collector.close();
    place.remove();
  });

  async function runUntilEnd(flow: string, ending: string): Promise<Ended> {
    const before = collector.exports.length;
    const run = await place.run(flow, collector.url, { arguments: ['--ending', ending] });
    await place.samplersEnded();
    const own = collector.exports.slice(before);
    const attempts = attemptsOf(own).filter(({ step }) => step === 'work');
    const work = flow === CAUGHT_FLOW ? attempts[0] : attemptOf(own, 'work');
    if (work === undefined) throw new Error('No attempt was reported.');
    return { run, attempts, work };
  }

  it.each([
    ['exception', 'failed', 'KeyError'],
    ['memory-error', 'oom', 'MemoryError'],
    ['timeout', 'timeout', 'TimeoutException'],
    ['exit', 'failed', undefined],
    ['unpicklable', 'failed', undefined],
  ])(
    '%s: the run fails as without us, and the attempt is %s (%s)',
    async (ending, outcome, type) => {
      const { run, work } = await runUntilEnd(ENDING_FLOW, ending);
      expect(run.exitCode).toBe(1);
      expect(spanAttribute(work, 'outcome')).toBe(outcome);
      expect(spanAttribute(work, 'exceptionType')).toBe(type);
      expect(spanAttribute(work, 'outcomeEvidence')).toEqual(expect.any(String));
      expect(spanAttribute(work, 'peakMemoryBytes')).toBeGreaterThan(0);
    },
  );

  it.each(['kill', 'kill-with-child'])(
    '%s: the run does not hang, the sampler ends, and its end is an exit code, not an outcome',
    async (ending) => {
      const { run, work } = await runUntilEnd(ENDING_FLOW, ending);
      expect(run.exitCode, run.output).toBe(1);
      expect(spanAttribute(work, 'outcome')).toBeUndefined();
      expect(spanAttribute(work, 'exitCode')).toBe(-9);
      // It worked for 0.3 s before: long enough to be sampled.
      expect(pointsOf(work, 'memoryPeak').length).toBeGreaterThan(0);
    },
  );

  it('tells a container by what Metaflow sets there', async () => {
    const before = collector.exports.length;
    // The cgroup is this machine's own then.
    await place.run(ENDING_FLOW, collector.url, {
      environment: { METAFLOW_KUBERNETES_WORKLOAD: '1' },
    });
    await place.samplersEnded();
    const attempts = attemptsOf(collector.exports.slice(before));
    expect(attempts.map(({ step }) => step)).toEqual(['start', 'work', 'end']);
    for (const attempt of attempts) {
      expect(spanAttribute(attempt, 'outcome')).toBe('succeeded');
      expect(attempt.exports[0]?.resource[RESOURCE_ATTRIBUTES.backend.name]).toBe('kubernetes');
    }
  });

  it('reports every attempt of user code, and not the fallback of @catch that runs none', async () => {
    const { run, attempts } = await runUntilEnd(CAUGHT_FLOW, 'exception');
    expect(run.exitCode, run.output).toBe(0);
    expect(run.output).toContain('caught: True');
    expect(attempts.map(({ attempt }) => attempt)).toEqual([0, 1]);
    expect(attempts.map((attempt) => spanAttribute(attempt, 'outcome'))).toEqual([
      'failed',
      'failed',
    ]);
    expect(spanAttribute(attempts[1] ?? never(), 'outcomeEvidence')).toContain('caught');
  });

  it('reports attempts that are killed at once by their exit code, without an outcome', async () => {
    const { run, attempts } = await runUntilEnd(CAUGHT_FLOW, 'kill');
    expect(run.exitCode, run.output).toBe(0);
    expect(
      attempts.map((attempt) => [
        attempt.attempt,
        spanAttribute(attempt, 'outcome'),
        spanAttribute(attempt, 'exitCode'),
      ]),
    ).toEqual([
      [0, undefined, -9],
      [1, undefined, -9],
    ]);
  });
});

function never(): never {
  throw new Error('There is no such attempt.');
}
