import { join } from 'node:path';

import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  attemptsOf,
  pointsOf,
  type ReportedAttempt,
  spanAttribute,
} from '../support/metaflow-attempts.ts';
import { type RecordingCollector, startRecordingCollector } from '../support/metaflow-collector.ts';
import {
  type FlowPlace,
  type FlowRun,
  makeFlowPlace,
  severalAtOnce,
} from '../support/metaflow-run.ts';

const ENDING_FLOW = join(import.meta.dirname, 'flows/ending_flow.py');
const CAUGHT_FLOW = join(import.meta.dirname, 'flows/caught_flow.py');

/** How the step ends, its outcome, and the exception that the attempt names. */
const TOLD = [
  ['exception', 'failed', 'KeyError'],
  ['memory-error', 'oom', 'MemoryError'],
  ['timeout', 'timeout', 'TimeoutException'],
  ['exit', 'failed', undefined],
  ['unpicklable', 'failed', undefined],
] as const;
const KILLED = ['kill', 'kill-with-child'] as const;

describe('how an attempt ends', () => {
  let collector: RecordingCollector;
  let place: FlowPlace;
  const runs = new Map<string, FlowRun>();
  let reported: readonly ReportedAttempt[];

  beforeAll(async () => {
    collector = await startRecordingCollector();
    place = makeFlowPlace();
    const endings = [
      ...[...TOLD.map(([ending]) => ending), ...KILLED].map((ending) => [ENDING_FLOW, ending]),
      [CAUGHT_FLOW, 'exception', 'caught exception'],
      [CAUGHT_FLOW, 'kill', 'caught kill'],
    ];
    await severalAtOnce(endings, async ([flow = '', ending = '', name = ending]) => {
      runs.set(name, await place.run(flow, collector.url, { arguments: ['--ending', ending] }));
    });
    await place.samplersEnded();
    reported = attemptsOf(collector.exports).filter(({ step }) => step === 'work');
  });

  afterAll(async () => {
    await collector.close();
    place.remove();
  });

  /** A run, and its attempts at step `work`. */
  function ended(name: string): { run: FlowRun; attempts: readonly ReportedAttempt[] } {
    const run = runs.get(name) ?? never();
    return { run, attempts: reported.filter((attempt) => attempt.run === run.runId) };
  }

  it.each(TOLD)(
    '%s: the run fails as without us, and the attempt is %s (%s)',
    (ending, outcome, type) => {
      const { run, attempts } = ended(ending);
      expect(run.exitCode).toBe(1);
      expect(attempts).toHaveLength(1);
      const work = attempts[0] ?? never();
      expect(spanAttribute(work, 'outcome')).toBe(outcome);
      expect(spanAttribute(work, 'exceptionType')).toBe(type);
      expect(spanAttribute(work, 'outcomeEvidence')).toEqual(expect.any(String));
      expect(spanAttribute(work, 'peakMemoryBytes')).toBeGreaterThan(0);
    },
  );

  it.each(KILLED)(
    '%s: the run does not hang, the sampler ends, and its end is an exit code, not an outcome',
    (ending) => {
      const { run, attempts } = ended(ending);
      expect(run.exitCode, run.output).toBe(1);
      expect(attempts).toHaveLength(1);
      const work = attempts[0] ?? never();
      expect(spanAttribute(work, 'outcome')).toBeUndefined();
      expect(spanAttribute(work, 'exitCode')).toBe(-9);
      // It worked for a second before: long enough to be sampled.
      expect(pointsOf(work, 'memoryPeak').length).toBeGreaterThan(0);
    },
  );

  it.each([
    ['exception', 'failed: The user code ended with KeyError.'],
    ['kill', 'It ended without a word; the server finds out why.'],
  ])('the task’s card says so: %s', (ending, words) => {
    const cards = [...place.cardsOf(ended(ending).run.runId)];
    expect(cards.every(([path]) => path.endsWith('.html'))).toBe(true);
    const work = cards.filter(([path]) => path.includes('/steps/work/'));
    expect(work).toHaveLength(1);
    expect(work[0]?.[1]).toContain(words);
  });

  it('tells a container by what Metaflow sets there', async () => {
    // The cgroup is this machine's own then.
    const run = await place.run(ENDING_FLOW, collector.url, {
      environment: { METAFLOW_KUBERNETES_WORKLOAD: '1' },
    });
    await place.samplersEnded();
    const attempts = attemptsOf(collector.exports).filter((attempt) => attempt.run === run.runId);
    expect(attempts.map(({ step }) => step)).toEqual(['start', 'work', 'end']);
    for (const attempt of attempts) {
      expect(spanAttribute(attempt, 'outcome')).toBe('succeeded');
      expect(attempt.exports[0]?.resource[RESOURCE_ATTRIBUTES.backend.name]).toBe('kubernetes');
    }
  });

  it('reports every attempt of user code, and not the fallback of @catch that runs none', () => {
    const { run, attempts } = ended('caught exception');
    expect(run.exitCode, run.output).toBe(0);
    expect(run.output).toContain('caught: True');
    expect(attempts.map(({ attempt }) => attempt)).toEqual([0, 1]);
    expect(attempts.map((attempt) => spanAttribute(attempt, 'outcome'))).toEqual([
      'failed',
      'failed',
    ]);
    expect(spanAttribute(attempts[1] ?? never(), 'outcomeEvidence')).toContain('caught');
  });

  it('reports attempts that are killed at once by their exit code, without an outcome', () => {
    const { run, attempts } = ended('caught kill');
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
  throw new Error('There is none of that name.');
}
