import type { TraceTask } from '@stepfit/tuner/compare/sizer';
import type { PastAttempt } from '@stepfit/tuner/quantile-net/attempt-facts';
import { MIN_EXAMPLES } from '@stepfit/tuner/quantile-net/train-network';
import { trainQuantileNet } from '@stepfit/tuner/quantile-net/train-quantile-net';
import { type Example, toExample } from '@stepfit/tuner/quantile-net/training-set';

import { madeUpTasks } from './several-features.ts';
import type { Table } from './table.ts';

/** Up to as many as the server lets a network learn from. */
const SIZES = [100, 1000, 10_000];
const BYTES_PER_MIB = 1024 ** 2;
const SAMPLE_MS = 20;

function toExamples(tasks: readonly TraceTask[]): Example[] {
  const pasts = new Map<string, PastAttempt[]>();
  return tasks.map(({ launch, needMiB }) => {
    const { step, declaredMiB, features } = launch;
    const past = pasts.get(step) ?? [];
    const example = toExample({ step, declaredMiB, features, past }, needMiB);
    pasts.set(step, [...past.slice(-100), { features, needMiB }]);
    return example;
  });
}

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly heldUpMs: number;
  readonly addedMiB: number;
  readonly weightsKB: number;
}

/** Trains as the server does, in a worker thread; the process is watched meanwhile. */
async function measure(examples: readonly Example[]): Promise<Cost> {
  const before = process.memoryUsage().rss;
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  let most = before;
  let lastMs = startMs;
  let heldUpMs = 0;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
    heldUpMs = Math.max(heldUpMs, performance.now() - lastMs - SAMPLE_MS);
    lastMs = performance.now();
  }, SAMPLE_MS);
  const { weights } = await trainQuantileNet(examples);
  clearInterval(timer);
  const { user, system } = process.cpuUsage(cpu);
  return {
    seconds: (performance.now() - startMs) / 1000,
    cpuSeconds: (user + system) / 1e6,
    heldUpMs,
    addedMiB: (most - before) / BYTES_PER_MIB,
    weightsKB: JSON.stringify(weights).length / 1000,
  };
}

/** What one network costs to train, by the number of attempts that it learns from. */
export async function trainingCostTable(): Promise<Table> {
  const rows: string[][] = [];
  const all = toExamples(Array.from({ length: 6 }, (_, seed) => madeUpTasks(seed)).flat());
  for (const size of SIZES.filter((one) => one >= MIN_EXAMPLES && one <= all.length)) {
    const cost = await measure(all.slice(0, size));
    rows.push([
      String(size),
      `${cost.seconds.toFixed(1)} s`,
      `${cost.cpuSeconds.toFixed(1)} s`,
      `${cost.heldUpMs.toFixed(0)} ms`,
      `${cost.addedMiB.toFixed(0)} MiB`,
      `${cost.weightsKB.toFixed(0)} kB`,
    ]);
  }
  return {
    title: 'what training one network costs',
    notes: [
      'In a worker thread of a process that does nothing else; memory is what the process grew by at most, TensorFlow.js included. The thread that asks is held up while examples are handed over.',
    ],
    columns: ['attempts', 'time', 'CPU', 'held up at most', 'memory', 'network as JSON'],
    rows,
  };
}
