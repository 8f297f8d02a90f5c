import { type Protocol, runProtocol, type StepTallies } from '@stepfit/tuner/compare/protocols';
import { createShadowSizer } from '@stepfit/tuner/compare/shadow-sizer';
import type { Sizer, Trace, TraceTask } from '@stepfit/tuner/compare/sizer';
import { sumTallies, type Tally } from '@stepfit/tuner/compare/tally';
import { loadTensorflow, type Tensorflow } from '@stepfit/tuner/quantile-net/tensorflow';
import { createQuantileShadow } from '@stepfit/tuner/sizing/quantile/quantile-shadow';

import { loadWorkflows } from './load-workflows.ts';
import { createNetworkLog, createNetworkSizer, type NetworkLog } from './network-sizer.ts';
import { shortCells } from './result-tables.ts';
import { severalFeaturesTable } from './several-features.ts';
import type { Table } from './table.ts';
import { trainingCostTable } from './training-cost.ts';

const PROTOCOLS = ['online', 'async'] as const satisfies readonly Protocol[];
/** Other steps that the network has learnt from before it may size a step without any past. */
const COLD_AFTER_STEPS = [1, 5, 15];
const MIB_PER_GIB = 1024;

interface Variant {
  readonly name: string;
  readonly create: (log: NetworkLog) => Sizer;
}

function variantsOf(tf: Tensorflow): Variant[] {
  return [
    { name: 'shadow', create: () => createShadowSizer() },
    {
      name: 'shadow and quantile regression',
      create: () => createShadowSizer({ several: [createQuantileShadow(1)] }),
    },
    {
      name: 'shadow and network',
      create: (log) => createNetworkSizer({ tf, log, shadow: {} }),
    },
    {
      name: 'quantile regression alone',
      create: () => createShadowSizer({ forms: [], several: [createQuantileShadow(1)] }),
    },
    {
      name: 'network alone',
      create: (log) => createNetworkSizer({ tf, log, shadow: { forms: [] } }),
    },
  ];
}

interface Run {
  readonly tally: Tally;
  readonly traces: readonly Tally[];
  readonly logs: readonly NetworkLog[];
}

function run(protocol: Protocol, traces: readonly Trace[], create: Variant['create']): Run {
  const logs: NetworkLog[] = [];
  const tallies = traces.map(({ name, tasks }) => {
    const log = createNetworkLog();
    logs.push(log);
    const steps: StepTallies = runProtocol(protocol, create(log), tasks);
    process.stderr.write(`${protocol}: ${name} done\n`);
    return sumTallies(steps.values());
  });
  return { tally: sumTallies(tallies), traces: tallies, logs };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Tasks and steps that the network's bill was the least for. */
function winsOf(logs: readonly NetworkLog[]): string[] {
  const asked = sum(logs.flatMap((log) => [...log.asked.values()]));
  if (asked === 0 || logs.every((log) => log.trainings === 0)) return ['', '', ''];
  const won = sum(logs.flatMap((log) => [...log.won.values()]));
  const steps = logs.flatMap((log) =>
    [...log.asked].map(([step, count]) => (log.won.get(step) ?? 0) > count / 2),
  );
  const seconds = sum(logs.map((log) => log.trainingMs)) / 1000;
  const trainings = sum(logs.map((log) => log.trainings));
  return [
    percent(won / asked),
    `${steps.filter(Boolean).length} of ${steps.length}`,
    `${trainings} in ${seconds.toFixed(0)} s`,
  ];
}

function shadowsTable(protocol: Protocol, traces: readonly Trace[], tf: Tensorflow): Table {
  const rows = variantsOf(tf).map(({ name, create }) => {
    const { tally, traces: each, logs } = run(protocol, traces, create);
    return [
      name,
      ...shortCells(tally),
      ...each.map((one) => shortCells(one).slice(0, 2).join('/')),
      ...winsOf(logs),
    ];
  });
  return {
    title: `${protocol}: as one more shadow, and alone`,
    columns: [
      'variant',
      'waste GB-h',
      'failures',
      'first attempt failed',
      ...traces.map(({ name }) => name),
      'network cheapest, tasks',
      'steps mostly',
      'trainings',
    ],
    rows,
  };
}

/** GiB-h wasted on a task that gets what was declared where it runs out of `allocatedMiB`. */
function wasteOf({ launch, needMiB, hours }: TraceTask, allocatedMiB: number): number {
  const spare = Math.max(
    (allocatedMiB >= needMiB ? allocatedMiB : launch.declaredMiB) - needMiB,
    0,
  );
  const lost = allocatedMiB >= needMiB ? 0 : allocatedMiB;
  return ((spare + lost) / MIB_PER_GIB) * hours;
}

function coldRow(traces: readonly Trace[], { logs }: Run): string[] {
  const cold = traces.flatMap(({ tasks }, place) =>
    tasks.flatMap((task) => {
      const allocatedMiB = logs[place]?.coldMiB.get(task.launch.index);
      return allocatedMiB === undefined ? [] : [{ task, allocatedMiB, trace: place }];
    }),
  );
  const failed = cold.filter(({ task, allocatedMiB }) => allocatedMiB < task.needMiB);
  function countSteps(some: typeof cold): number {
    return new Set(some.map(({ task, trace }) => `${trace} ${task.launch.step}`)).size;
  }
  return [
    String(cold.length),
    String(countSteps(cold)),
    sum(cold.map(({ task }) => wasteOf(task, task.launch.declaredMiB))).toFixed(0),
    sum(cold.map(({ task, allocatedMiB }) => wasteOf(task, allocatedMiB))).toFixed(0),
    String(failed.length),
    String(countSteps(failed)),
  ];
}

/** Tasks launched before any of their step has ended: what was declared against the network's word. */
function coldTable(traces: readonly Trace[], tf: Tensorflow): Table {
  const rows = COLD_AFTER_STEPS.map((coldAfterSteps) => {
    const done = run('async', traces, (log) =>
      createNetworkSizer({ tf, log, shadow: {}, coldAfterSteps }),
    );
    return [
      `after ${coldAfterSteps} other steps`,
      ...coldRow(traces, done),
      ...shortCells(done.tally),
    ];
  });
  return {
    title: 'async: the network sizes the first attempts of a step',
    notes: ['Waste of those tasks in GiB-h, of all tasks in GB-h.'],
    columns: [
      'network speaks',
      'tasks sized cold',
      'of steps',
      'their waste as declared',
      'their waste',
      'of them failed',
      'in steps',
      'waste of all GB-h',
      'failures of all',
      'first attempt failed',
    ],
    rows,
  };
}

/**
 * What the quantile network and quantile regression are worth on the traces of `folder`: as one more shadow,
 * alone, and in the cold start; on made-up steps of several features, what each is worth there; and what a
 * training costs. The network is trained over and over on what is known by then: minutes.
 */
export async function* networkTables(folder: string): AsyncGenerator<Table> {
  const traces = loadWorkflows(folder, 'peak_rss');
  const { tf, engine } = await loadTensorflow();
  process.stderr.write(`TensorFlow.js on ${engine}\n`);
  yield await trainingCostTable();
  yield severalFeaturesTable(tf);
  for (const protocol of PROTOCOLS) yield shadowsTable(protocol, traces, tf);
  yield coldTable(traces, tf);
}
