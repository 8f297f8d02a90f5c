import { dirname, join } from 'node:path';

import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { attemptsOf, type ReportedAttempt, spanAttribute } from '../support/metaflow-attempts.ts';
import { type RecordingCollector, startRecordingCollector } from '../support/metaflow-collector.ts';
import { type FlowPlace, type FlowRun, makeFlowPlace } from '../support/metaflow-run.ts';

const FLOW = join(import.meta.dirname, 'flows/shapes_flow.py');

/** Tasks of each step. */
const WHOLE = {
  start: 1,
  outer: 2,
  inner: 6,
  join_inner: 2,
  join_outer: 1,
  prepare: 1,
  nodes: 2,
  join_nodes: 1,
  end: 1,
};

interface Measured {
  readonly run: FlowRun;
  readonly attempts: readonly ReportedAttempt[];
}

describe('the ways to run a flow', () => {
  let collector: RecordingCollector;
  let place: FlowPlace;
  let whole: Measured;

  beforeAll(async () => {
    collector = await startRecordingCollector();
    place = makeFlowPlace();
    whole = await measure(['run']);
  });

  afterAll(async () => {
    await collector.close();
    place.remove();
  });

  /** Runs the flow with StepFit on every step. */
  async function measure(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Measured> {
    return measurePython([FLOW, ...args], environment);
  }

  async function measurePython(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Measured> {
    const before = collector.exports.length;
    const run = await place.python(args, {
      METAFLOW_STEPFIT_EVERYWHERE: '1',
      METAFLOW_STEPFIT_URL: collector.url,
      // Metaflow starts the nodes of @parallel with whatever `python` is.
      PATH: `${dirname(inject('python'))}:${process.env['PATH'] ?? ''}`,
      ...environment,
    });
    await place.samplersEnded();
    return { run, attempts: attemptsOf(collector.exports.slice(before)) };
  }

  it('run: every task of nested foreach, join and @parallel is reported', () => {
    expect(whole.run.exitCode, whole.run.output).toBe(0);
    expect(countBySteps(whole.attempts)).toEqual(WHOLE);
    for (const attempt of whole.attempts) {
      expect(spanAttribute(attempt, 'outcome'), attempt.step).toBe('succeeded');
    }
  });

  it('nested foreach: a task knows the index and value of its own split', () => {
    const features = whole.attempts
      .filter(({ step }) => step === 'inner')
      .map(({ exports }) => exports[0]?.resource)
      .map((known) =>
        [known?.['stepfit.feature.foreach_index'], known?.['stepfit.feature.foreach_value']].join(
          ':',
        ),
      );
    const expected = ['0:1', '0:1', '1:2', '1:2', '2:3', '2:3'];
    expect(features.toSorted((one, other) => one.localeCompare(other))).toEqual(expected);
  });

  it('@parallel: each node is a task of its own', () => {
    const nodes = whole.attempts.filter(({ step }) => step === 'nodes').map(({ task }) => task);
    expect(nodes).toHaveLength(2);
    const control = nodes.find((task) => !task.includes('_node_')) ?? '';
    expect(nodes).toContain(`${control}_node_1`);
  });

  it('resume: what runs again is reported, and what is cloned is cached', async () => {
    const failed = await measure(['run', '--fail-at', 'join_nodes']);
    expect(failed.run.exitCode).toBe(1);
    const resumed = await measure(['resume'], { STEPFIT_TEST_MENDED: '1' });
    expect(resumed.run.exitCode, resumed.run.output).toBe(0);
    const { cached = [], succeeded = [] } = Object.groupBy(resumed.attempts, (attempt) =>
      String(spanAttribute(attempt, 'outcome')),
    );
    expect(countBySteps(succeeded)).toEqual({ join_nodes: 1, end: 1 });
    const { join_nodes: _, end: __, ...cloned } = WHOLE;
    expect(countBySteps(cached)).toEqual(cloned);
    for (const clone of cached) {
      expect(clone.points).toEqual([]);
      expect(clone.span?.startMs).toBe(clone.span?.endMs);
    }
    expect(new Set(resumed.attempts.map(runOf)).size).toBe(1);
    expect(runOf(resumed.attempts[0])).not.toBe(runOf(failed.attempts[0]));
  });

  it('spin: works as without us, and is not measured', async ({ skip }) => {
    const runId = runOf(whole.attempts[0]);
    const { run, attempts } = await measure(['spin', `${runId}/inner`]);
    skip(run.output.includes('No such command'), 'this Metaflow has no spin');
    expect(run.exitCode, run.output).toBe(0);
    expect(run.output.toLowerCase()).not.toContain("'stepfit'");
    expect(attempts).toEqual([]);
  });

  it('Runner: decospecs reach the run', async () => {
    const code = `
from metaflow import Runner
with Runner(${JSON.stringify(FLOW)}, decospecs=["stepfit:project=runner"]).run() as running:
    print(running.status, running.run.successful)`;
    const { run, attempts } = await measurePython(['-c', code], {
      METAFLOW_STEPFIT_EVERYWHERE: '0',
    });
    expect(run.output).toContain('successful True');
    expect(attempts).toHaveLength(17);
    expect(attempts[0]?.exports[0]?.resource[RESOURCE_ATTRIBUTES.project.name]).toBe('runner');
  });
});

function countBySteps(attempts: readonly ReportedAttempt[]): Readonly<Record<string, number>> {
  const groups = Map.groupBy(attempts, ({ step }) => step);
  return Object.fromEntries([...groups].map(([step, own]) => [step, own.length]));
}

function runOf(attempt: ReportedAttempt | undefined): string {
  return String(attempt?.exports[0]?.resource[RESOURCE_ATTRIBUTES.run.name]);
}
