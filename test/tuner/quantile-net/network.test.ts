import { describeAttempt, FACT_COUNT } from '@stepfit/tuner/quantile-net/attempt-facts';
import { createForward, standardise } from '@stepfit/tuner/quantile-net/forward';
import { LEVELS, type NetWeights } from '@stepfit/tuner/quantile-net/net-weights';
import { toTensors } from '@stepfit/tuner/quantile-net/network-tensors';
import { loadTensorflow, type Tensorflow } from '@stepfit/tuner/quantile-net/tensorflow';
import { trainNetwork } from '@stepfit/tuner/quantile-net/train-network';
import { toExample } from '@stepfit/tuner/quantile-net/training-set';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { finishedTasks } from '../support/training-sets.ts';

// TensorFlow takes seconds to load and to train on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const tasks = finishedTasks(300);
const examples = tasks.map(({ attempt, needMiB }) => toExample(attempt, needMiB));
let tf: Tensorflow;
let weights: NetWeights;

beforeAll(async () => {
  ({ tf } = await loadTensorflow());
  weights = trainNetwork(tf, examples, { seed: 1, maxEpochs: 25 });
});

describe('a trained network', () => {
  it('predicts the same in plain arithmetic as TensorFlow does', () => {
    const rows = tasks.map(({ attempt }) => describeAttempt(attempt).row);
    const steps = [...weights.steps, 'never seen'];
    const forward = createForward(weights);
    for (const [place, step] of steps.entries()) {
      const known = place < weights.steps.length ? place + 1 : 0;
      const standard = rows.flatMap((row) => [...standardise(weights, row)]);
      const network = toTensors(tf, weights);
      const tensor = tf.tensor2d(standard, [rows.length, FACT_COUNT]);
      const places = new Int32Array(rows.length).fill(known);
      const theirs = tf.tidy(() => network.predict(tensor, places).arraySync());
      for (const [i, row] of rows.entries()) {
        for (const [level, position] of forward(step, row).entries()) {
          expect(position).toBeCloseTo(theirs[i]?.[level] ?? Number.NaN, 5);
        }
      }
    }
  });

  it('gives quantiles that never cross, for any facts', () => {
    const forward = createForward(weights);
    for (const value of [-1e9, -3, 0, 3, 1e9]) {
      const positions = forward('load', new Float64Array(FACT_COUNT).fill(value));
      expect([...positions]).toEqual([...positions].toSorted((one, other) => one - other));
      expect(positions).toHaveLength(LEVELS.length);
    }
  });

  it('has learnt: its median is nearer to the needs than the median of the step', () => {
    const forward = createForward(weights);
    const median = LEVELS.indexOf(0.5);
    let net = 0;
    let plain = 0;
    for (const { attempt, needMiB } of finishedTasks(420, 2).slice(300)) {
      const { step, row, reference, spread } = describeAttempt(attempt);
      const position = (Math.log(needMiB) - reference) / spread;
      net += Math.abs(position - (forward(step, row)[median] ?? 0));
      plain += Math.abs(position);
    }
    expect(net).toBeLessThan(plain / 2);
  });

  it('leaves no tensors behind', () => {
    const before = tf.memory().numTensors;
    trainNetwork(tf, examples, { seed: 1, maxEpochs: 2 });
    expect(tf.memory().numTensors).toBe(before);
  });
});
