import type { NetWeights } from '@stepfit/tuner/quantile-net/net-weights';
import { createQuantileNet, type QuantileNet } from '@stepfit/tuner/quantile-net/quantile-net';
import { trainQuantileNet } from '@stepfit/tuner/quantile-net/train-quantile-net';
import { toExample } from '@stepfit/tuner/quantile-net/training-set';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { finishedTasks } from '../support/training-sets.ts';

// TensorFlow takes seconds to load and to train on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const tasks = finishedTasks(241);
const set = tasks.slice(0, 240).map(({ attempt, needMiB }) => toExample(attempt, needMiB));
const coming = tasks.at(-1);
const few = { maxEpochs: 3 };

/** Trained once for all that is asked of a network; what the caller's thread did meanwhile. */
const losses = new Map<number, number>();
let ticks = 0;
let net: QuantileNet;

beforeAll(async () => {
  const timer = setInterval(() => ticks++, 1);
  net = await trainQuantileNet(set, {
    ...few,
    onEpoch: (epoch, loss) => losses.set(epoch, loss),
  });
  clearInterval(timer);
});

describe('trainQuantileNet', () => {
  it('trains in a worker: the caller’s thread goes on meanwhile', () => {
    expect(net.weights.steps).toEqual(['load', 'train', 'report']);
    expect([...losses.keys()]).toEqual([1, 2, 3]);
    expect(Math.min(...losses.values())).toBeGreaterThan(0);
    expect(ticks).toBeGreaterThan(0);
  });

  it('gives the same network for the same seed, and another one for another', async () => {
    const [again, other] = await Promise.all([
      trainQuantileNet(set, few),
      trainQuantileNet(set, { ...few, seed: 2 }),
    ]);
    expect(again.weights).toEqual(net.weights);
    expect(other.weights).not.toEqual(net.weights);
  });

  it('gives a network that JSON keeps', () => {
    if (coming === undefined) throw new Error('no attempt to come');
    const kept = JSON.parse(JSON.stringify(net.weights)) as NetWeights;
    expect(createQuantileNet(kept).forecast(coming.attempt)).toEqual(net.forecast(coming.attempt));
  });

  it('refuses too few attempts', async () => {
    await expect(trainQuantileNet(set.slice(0, 29))).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  it('ends when it is told to', async () => {
    const controller = new AbortController();
    const reason = new Error('the server is shutting down');
    const training = trainQuantileNet(set, {
      maxEpochs: 1e6,
      signal: controller.signal,
      onEpoch: () => controller.abort(reason),
    });
    await expect(training).rejects.toBe(reason);
    await expect(trainQuantileNet(set, { signal: controller.signal })).rejects.toBe(reason);
  });

  it('outlives a worker that dies', async () => {
    await expect(trainQuantileNet(set, { heapMb: 4 })).rejects.toMatchObject({
      code: 'internal',
      message: 'The training of the quantile network failed.',
    });
  });
});
