import { join } from 'node:path';

import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import type { Hint, HintAnswer, HintRequest } from '@stepfit/tuner/hints/hint';
import type { AttemptHint } from '@stepfit/tuner/model/attempt-hint';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { attemptsOf, type ReportedAttempt } from '../../support/metaflow-attempts.ts';
import {
  type Manners,
  type RecordingCollector,
  startRecordingCollector,
} from '../../support/metaflow-collector.ts';
import {
  type FlowPlace,
  type FlowRun,
  makeFlowPlace,
  severalAtOnce,
} from '../../support/metaflow-run.ts';

const FLOW = join(import.meta.dirname, 'hinted_flow.py');
const PLAIN_FLOW = join(import.meta.dirname, 'plain_flow.py');
const DECLARED = { cpuCores: 4, memoryMiB: 8000 };

const HINT: Hint = {
  suggestionId: '1a2b3c4d5e6f',
  share: 1,
  plan: {
    first: { cpuCores: 2, memoryMiB: 1024 },
    second: { cpuCores: 2, memoryMiB: 2048 },
    last: { cpuCores: 4, memoryMiB: 8000 },
  },
  memoryFloorMiB: 512,
  memoryCapMiB: 1_048_576,
  memoryStepMiB: 64,
  overridesCommandLine: false,
};

/** Hints for some steps; the others are told that there are none. */
function answering(hints: Readonly<Record<string, Hint>>): (launch: HintRequest) => HintAnswer {
  return ({ steps }) => ({
    version: 1,
    steps: steps.map(({ step }) => {
      const hint = hints[step];
      const refusal = { code: 'no-suggestion' as const, detail: 'None.' };
      return hint === undefined ? { step, refusal } : { step, hint };
    }),
  });
}

function hintOf({ exports }: ReportedAttempt): AttemptHint | undefined {
  const text = exports[0]?.resource[RESOURCE_ATTRIBUTES.hint.name];
  return text === undefined ? undefined : (JSON.parse(String(text)) as AttemptHint);
}

function fact(attempt: ReportedAttempt, key: keyof typeof RESOURCE_ATTRIBUTES): unknown {
  return attempt.exports[0]?.resource[RESOURCE_ATTRIBUTES[key].name];
}

function featureOf(attempt: ReportedAttempt, feature: string): unknown {
  return attempt.exports[0]?.resource[`stepfit.feature.${feature}`];
}

describe('a launch with values from the server', () => {
  let collector: RecordingCollector;
  let place: FlowPlace;

  beforeAll(async () => {
    collector = await startRecordingCollector();
    place = makeFlowPlace();
  });

  afterEach(() => {
    collector.answerLaunch = undefined;
  });

  afterAll(async () => {
    await collector.close();
    place.remove();
  });

  async function launch(
    hints: Readonly<Record<string, Hint>>,
    options: Parameters<FlowPlace['run']>[2] = {},
  ): Promise<{ run: FlowRun; attempts: readonly ReportedAttempt[]; work: ReportedAttempt[] }> {
    const before = collector.exports.length;
    collector.answerLaunch = answering(hints);
    const run = await place.run(FLOW, collector.url, options);
    await place.samplersEnded();
    const attempts = attemptsOf(collector.exports.slice(before));
    const work = attempts
      .filter(({ step }) => step === 'work')
      .toSorted((a, b) => Number(a.task) - Number(b.task) || a.attempt - b.attempt);
    return { run, attempts, work };
  }

  it('asks once for all steps, says what it did, and each attempt reports it', async () => {
    const asked = collector.launches.length;
    const { run, attempts, work } = await launch({ work: HINT });
    expect(run.exitCode, run.output).toBe(0);
    expect(run.output).toContain(
      'StepFit: work gets cpu=2 instead of 4, memory=1024 instead of 8000 (suggestion 1a2b3c4d5e6f). METAFLOW_STEPFIT_HINTS=0 switches this off.',
    );
    expect(collector.launches.slice(asked)).toEqual([
      {
        project: 'default',
        flow: 'HintedFlow',
        steps: [
          { step: 'again', backend: 'local', current: { memoryMiB: 2000 } },
          { step: 'end', backend: 'local', current: {} },
          { step: 'join', backend: 'local', current: {} },
          { step: 'start', backend: 'local', current: {} },
          { step: 'work', backend: 'local', current: DECLARED },
        ],
      },
    ]);
    expect(work).toHaveLength(2);
    for (const attempt of work) {
      expect(hintOf(attempt)).toEqual({
        suggestionId: HINT.suggestionId,
        arm: 'hinted',
        rung: 'first',
        sizedBy: 'plan',
        before: DECLARED,
        applied: { cpuCores: 2, memoryMiB: 1024 },
      });
      expect(fact(attempt, 'declaredMemoryMiB')).toBe(8000);
      expect(fact(attempt, 'requestMemoryMiB')).toBe(1024);
      expect(fact(attempt, 'requestCpuCores')).toBe(2);
    }
    const others = attempts.filter(({ step }) => step !== 'work');
    expect(others.map(hintOf)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('sizes each task by what it will itself report to be known of it', async () => {
    const memoryFormula = {
      kind: 'line' as const,
      feature: 'foreach_index',
      baseMiB: 700,
      slopeMiB: 1000,
      leastMiB: 100,
      from: 0,
      to: 5,
      factor: 1.1,
    };
    const byInput = { ...memoryFormula, feature: 'parameter.rows', slopeMiB: 100, to: 50 };
    // No single value saves anything: all there is to apply is the formula.
    const asked = { memoryMiB: 2000 };
    const unchanged = { first: asked, second: asked, last: asked };
    const { run, attempts, work } = await launch({
      work: { ...HINT, memoryFormula },
      again: { ...HINT, plan: unchanged, memoryFormula: byInput },
    });
    expect(run.exitCode, run.output).toBe(0);
    expect(run.output).toContain('memory of each task by foreach_index');
    expect(run.output).toContain('again gets memory of each task by parameter.rows (suggestion');
    expect(work.map((attempt) => featureOf(attempt, 'foreach_index'))).toEqual([0, 1]);
    expect(work.map((attempt) => featureOf(attempt, 'foreach_count'))).toEqual([2, 2]);
    // 700 × 1.1 and 1700 × 1.1, up to the next multiple of 64.
    expect(work.map((attempt) => hintOf(attempt)?.applied?.memoryMiB)).toEqual([832, 1920]);
    expect(work.map((attempt) => hintOf(attempt)?.sizedBy)).toEqual(['features', 'features']);
    const again = attempts.find(({ step }) => step === 'again');
    // (700 + 100 × 10) × 1.1.
    expect(again && hintOf(again)?.applied?.memoryMiB).toBe(1920);
    expect(again && hintOf(again)?.sizedBy).toBe('features');
    expect(again && fact(again, 'requestMemoryMiB')).toBe(1920);
    expect(again && featureOf(again, 'parameter.rows')).toBe(10);
  });

  it.each(['kill', 'memory-error'])(
    'repeats a task that ran out of memory (%s) with the plan’s second value, then its last',
    async (ending) => {
      const { run, work } = await launch(
        { work: HINT },
        { arguments: ['--ending', ending, '--times', '2'] },
      );
      expect(run.exitCode, run.output).toBe(0);
      const large = work.filter((attempt) => featureOf(attempt, 'foreach_value') === 'large');
      expect(large.map((attempt) => [attempt.attempt, hintOf(attempt)?.rung])).toEqual([
        [0, 'first'],
        [1, 'second'],
        [2, 'last'],
      ]);
      expect(large.map((attempt) => fact(attempt, 'requestMemoryMiB'))).toEqual([1024, 2048, 8000]);
      expect(work).toHaveLength(4);
    },
  );

  it('repeats no other failure, whose log stays the task’s last', async () => {
    const { run, work } = await launch({ work: HINT }, { arguments: ['--ending', 'exception'] });
    expect(run.exitCode).toBe(1);
    expect(run.output).not.toContain('(retry)');
    expect(run.output).toContain("KeyError: 'no such thing'");
    expect(work.filter(({ attempt }) => attempt > 0)).toEqual([]);
  });

  it('keeps the value in the retries that the source asks for', async () => {
    const { run, attempts } = await launch({ again: HINT }, { arguments: ['--ending', 'again'] });
    expect(run.exitCode, run.output).toBe(0);
    const again = attempts.filter(({ step }) => step === 'again');
    expect(again.map((attempt) => [attempt.attempt, hintOf(attempt)?.rung])).toEqual([
      [0, 'first'],
      [1, 'first'],
    ]);
  });

  it('leaves those tasks alone that are to be compared with', async () => {
    const { run, work } = await launch(
      { work: { ...HINT, share: 0 } },
      { arguments: ['--ending', 'kill'] },
    );
    expect(run.exitCode).toBe(1);
    expect(work.map((attempt) => [attempt.attempt, hintOf(attempt)])).toEqual(
      [0, 0].map((attempt) => [
        attempt,
        {
          suggestionId: HINT.suggestionId,
          arm: 'control',
          rung: 'first',
          sizedBy: 'plan',
          before: DECLARED,
        },
      ]),
    );
    expect(work.map((attempt) => fact(attempt, 'requestMemoryMiB'))).toEqual([8000, 8000]);
  });

  it('lets the command line win, unless the policy says otherwise', async () => {
    const options = { arguments: ['--with', 'resources:memory=9000'] };
    const won = await launch({ start: HINT }, options);
    expect(won.run.exitCode, won.run.output).toBe(0);
    expect(won.run.output).toContain(
      'start left alone, since `--with resources` says what it gets',
    );
    expect(won.attempts.map(hintOf)).toEqual(won.attempts.map(() => undefined));

    const lost = await launch({ start: { ...HINT, overridesCommandLine: true } }, options);
    const start = lost.attempts.find(({ step }) => step === 'start');
    expect(start && hintOf(start)?.before).toEqual({ memoryMiB: 9000 });
    expect(start && fact(start, 'requestMemoryMiB')).toBe(1024);
  });

  it('is switched off by a setting', async () => {
    const asked = collector.launches.length;
    const { run, attempts } = await launch(
      { work: HINT },
      { environment: { METAFLOW_STEPFIT_HINTS: '0' } },
    );
    expect(run.exitCode, run.output).toBe(0);
    expect(collector.launches).toHaveLength(asked);
    expect(run.output).not.toContain('StepFit:');
    expect(attempts.map(hintOf)).toEqual(attempts.map(() => undefined));
  });
});

/** A server that answers a launch so, and behaves so. */
interface Trouble {
  readonly manners?: Manners;
  readonly answer?: object;
}

const TROUBLES: Readonly<Record<string, Trouble>> = {
  'is in trouble: hang': { manners: 'hang' },
  'is in trouble: error': { manners: 'error' },
  'is in trouble: rubbish': { manners: 'rubbish' },
  'is in trouble: slow': { manners: 'slow' },
  'is in trouble: trickle': { manners: 'trickle' },
  'answers in another version': {
    answer: { version: 2, steps: [{ step: 'start', hint: HINT }] },
  },
  'answers with half a hint': {
    answer: { version: 1, steps: [{ step: 'start', hint: { ...HINT, plan: {} } }] },
  },
};

describe('a launch goes on unchanged', () => {
  let place: FlowPlace;
  const launched = new Map<string, { run: FlowRun; attempts: readonly ReportedAttempt[] }>();

  beforeAll(async () => {
    place = makeFlowPlace();
    await severalAtOnce(Object.entries(TROUBLES), async ([name, trouble]) => {
      const collector = await startRecordingCollector();
      collector.manners = trouble.manners ?? 'ok';
      collector.answerLaunch = () => trouble.answer ?? { version: 1, steps: [] };
      const run = await place.run(PLAIN_FLOW, collector.url);
      await place.samplersEnded();
      launched.set(name, { run, attempts: attemptsOf(collector.exports) });
      await collector.close();
    });
  });

  afterAll(() => {
    place.remove();
  });

  it.each(Object.keys(TROUBLES))('where the server %s', (name) => {
    const { run, attempts } = launched.get(name) ?? never();
    expect(run.exitCode, run.output).toBe(0);
    expect(run.output).not.toContain('StepFit:');
    expect(attempts.map(hintOf)).toEqual(attempts.map(() => undefined));
    console.info(`the server ${name}: the run took ${String(run.durationMs)} ms`);
  });

  it('where nobody answers', async () => {
    const run = await place.run(PLAIN_FLOW, 'http://127.0.0.1:9');
    await place.samplersEnded();
    expect(run.exitCode, run.output).toBe(0);
    expect(run.output).not.toContain('StepFit:');
  });
});

function never(): never {
  throw new Error('It was not run.');
}
