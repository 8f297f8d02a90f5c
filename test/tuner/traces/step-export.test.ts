import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { contentId } from '@stepfit/tuner/suggestion/content-id';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import { exportTraces } from '@stepfit/tuner/traces/export-trace';
import { exportLines, readStepExport } from '@stepfit/tuner/traces/step-export';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryHistory, attempt, attemptsWithPeaks, killed } from '../support/attempts.ts';
import { projectNet } from '../support/training-sets.ts';

const facts = { flow: 'TrainFlow', step: 'train', policy: DEFAULT_POLICY, prices: EXAMPLE_PRICES };

function written(...inputs: Parameters<typeof decideStep>[0][]): string {
  return inputs
    .flatMap((input) => [...exportLines({ project: 'default', input })])
    .map((line) => `${line}\n`)
    .join('');
}

describe('an export', () => {
  it('has a line for the step and one for each attempt, each with its names', () => {
    const lines = written({ ...facts, history: attemptsWithPeaks([100, 200]) })
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

    expect(lines.map(({ kind }) => kind)).toEqual(['step', 'attempt', 'attempt']);
    for (const line of lines) {
      expect(line).toMatchObject({ project: 'default', flow: 'TrainFlow', step: 'train' });
    }
    expect(lines[1]).toMatchObject({ run: '1', outcome: 'succeeded', peakMemoryMiB: 100 });
  });

  it('leads to the same verdict, to the byte, whatever the history and the order of the lines', () => {
    fc.assert(
      fc.property(arbitraryHistory, fc.boolean(), (drawn, isReversed) => {
        // A store holds each attempt of a task once.
        const history = drawn.map((usage, index) => ({ ...usage, task: `${index}` }));
        const input = { ...facts, history };
        const lines = written(input).trimEnd().split('\n');

        const { steps, refusals } = readStepExport(
          (isReversed ? lines.toReversed() : lines).join('\n'),
        );

        expect(refusals).toEqual([]);
        expect(steps.map((step) => JSON.stringify(decideStep(step.input)))).toEqual([
          JSON.stringify(decideStep(input)),
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('tells a network once, however many steps ask it, and gives it back to each', () => {
    const nets = [projectNet(1000), projectNet(2000)];
    const history = attemptsWithPeaks([100, 200]);
    const steps = ['one', 'two'].map((step) => ({
      project: 'default',
      input: { ...facts, step, nets, history },
      verdict: { verdictId: contentId(step), at: '2026-03-01T12:00:00.000Z', isPending: false },
    }));
    const told = new Set<string>();
    const lines = steps.flatMap((step) => [...exportLines(step, told)]);

    expect(lines.filter((line) => line.startsWith('{"kind":"network"'))).toHaveLength(2);
    for (const order of [lines, lines.toReversed()]) {
      const read = readStepExport(order.join('\n'));
      expect(read.refusals).toEqual([]);
      const found = read.steps.toSorted((a, b) => (a.input.step < b.input.step ? -1 : 1));
      expect(found.map(({ input, verdict }) => [input.nets, verdict])).toEqual(
        steps.map(({ input, verdict }) => [input.nets, verdict]),
      );
    }
  });

  it('refuses a network that is not one', () => {
    const [net] = [
      ...exportLines({ project: 'p', input: { ...facts, nets: [projectNet(1)], history: [] } }),
    ];
    const cut = (net ?? '').replace(/"means":\[[^,]*,/, '"means":[');
    const step = written({ ...facts, history: attemptsWithPeaks([100]) });

    expect(readStepExport(`${cut}\n${step}`).refusals).toMatchObject([
      { line: 1, reason: 'a network whose net.weights.means must not have fewer than 26 items' },
    ]);
  });

  it('keeps the policy and the prices that were in force', () => {
    const policy = { ...DEFAULT_POLICY, memoryFloorMiB: 4096, riskRatio: 0.2 };
    const prices = { ...EXAMPLE_PRICES, name: 'ours', memoryGibHourUsd: 0.1 };
    const input = { ...facts, policy, prices, history: attemptsWithPeaks([100, 200]) };

    expect(readStepExport(written(input)).steps[0]?.input).toEqual(input);
  });

  it('without a line for the step is judged by the defaults', () => {
    const [, line = ''] = written({ ...facts, history: [attempt()] }).split('\n');

    expect(readStepExport(line).steps[0]?.input).toEqual({ ...facts, history: [attempt()] });
  });

  it('refuses lines by number, and takes what is left', () => {
    const good = written({ ...facts, history: [attempt()] }).trimEnd();
    const [, twice = ''] = good.split('\n');
    const odd = JSON.stringify({ ...JSON.parse(twice), task: '2', peakMemoryMiB: 'much' });
    const unknown = JSON.stringify({ ...JSON.parse(twice), task: '3', surprise: 1 });

    const { refusals, rows, steps } = readStepExport(
      [good, twice, '{"kind":"attempt"}', 'oh', odd, '', unknown].join('\r\n'),
    );

    expect(rows).toBe(7);
    expect(steps[0]?.input.history).toHaveLength(1);
    expect(refusals.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'an attempt that was told before'],
      [4, 'not a line of `stepfit export`'],
      [5, 'not JSON'],
      [6, 'an attempt whose peakMemoryMiB must be number'],
      [8, expect.stringContaining('an attempt whose')],
    ]);
  });

  it.each(['', '{}', '[1]\n{"kind":"other"}'])('with nothing usable (%j) is an error', (text) => {
    expect(() => readStepExport(text)).toThrow('The export holds no attempts');
  });
});

describe('exported steps as a trace', () => {
  it('are the tasks of their flow with what each asked for; unfinished attempts are counted apart', () => {
    const history = [...attemptsWithPeaks([1000, 2000]), killed(500), attempt({ task: '9' })];
    const { steps } = readStepExport(written({ ...facts, history }));

    const { traces, unfinished } = exportTraces(steps);

    expect(unfinished).toBe(1);
    expect(traces.map(({ name, tasks }) => [name, tasks.length])).toEqual([['TrainFlow', 3]]);
    expect(traces[0]?.tasks.map(({ needMiB }) => needMiB)).toEqual([1000, 1000, 2000]);
    expect(traces[0]?.tasks[0]?.launch).toMatchObject({ step: 'train', declaredMiB: 16_000 });
  });
});
