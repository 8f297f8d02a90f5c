import { type Protocol, runProtocol } from '@stepfit/tuner/compare/protocols';
import { createShadowSizer } from '@stepfit/tuner/compare/shadow-sizer';
import type { Sizer, TraceTask } from '@stepfit/tuner/compare/sizer';
import { sumTallies, type Tally, wasteGibHours } from '@stepfit/tuner/compare/tally';
import { createRandom, normal } from '@stepfit/tuner/quantile-net/random';
import type { Tensorflow } from '@stepfit/tuner/quantile-net/tensorflow';
import { createQuantileShadow } from '@stepfit/tuner/sizing/quantile/quantile-shadow';

import { createNetworkLog, createNetworkSizer, type NetworkLog } from './network-sizer.ts';
import type { Table } from './table.ts';

/** A made-up step: MiB needed with two numbers that are known before it starts. */
interface MadeUpStep {
  readonly name: string;
  readonly need: (rows: number, columns: number) => number;
}

/** Ways in which two numbers can go with the need; which of them real steps have is for their users to see. */
const STEPS: readonly MadeUpStep[] = [
  { name: 'product', need: (rows, columns) => 300 + (rows * columns) / 500 },
  { name: 'product, small base', need: (rows, columns) => 40 + (rows * columns) / 200 },
  { name: 'sum', need: (rows, columns) => 200 + 2 * rows + 20 * columns },
  { name: 'larger of two', need: (rows, columns) => 200 + Math.max(3 * rows, 30 * columns) },
  { name: 'one of two', need: (rows) => 300 + 3 * rows },
  { name: 'neither', need: () => 2500 },
];
const ATTEMPTS = 300;
const DECLARED_MIB = 32_768;
const SEEDS = [1, 2, 3];
/** Spread of the need about what the two numbers say. */
const NOISE = 0.05;

/** Steps taking turns, an attempt a minute; both numbers vary by a factor of 100, evenly in their logarithms. */
export function madeUpTasks(seed: number): TraceTask[] {
  const random = createRandom(seed);
  return Array.from({ length: ATTEMPTS * STEPS.length }, (_, index) => {
    const { name, need } = STEPS[index % STEPS.length] as MadeUpStep;
    const rows = Math.round(20 * 100 ** random());
    const columns = Math.round(2 * 100 ** random());
    const submittedAtMs = index * 60_000;
    return {
      launch: {
        step: name,
        index,
        submittedAtMs,
        declaredMiB: DECLARED_MIB,
        features: { rows, columns },
      },
      completedAtMs: submittedAtMs + 50_000,
      needMiB: need(rows, columns) * Math.exp(NOISE * normal(random)),
      hours: 0.5,
    };
  });
}

interface Variant {
  readonly name: string;
  readonly create: (log: NetworkLog) => Sizer;
}

function variantsOf(tf: Tensorflow): Variant[] {
  function quantiles(): ReturnType<typeof createQuantileShadow>[] {
    return [createQuantileShadow()];
  }
  return [
    { name: 'forms', create: () => createShadowSizer() },
    { name: 'and regression', create: () => createShadowSizer({ several: quantiles() }) },
    {
      name: 'and network',
      create: (log) => createNetworkSizer({ tf, log, shadow: {}, minFeatures: 2 }),
    },
    {
      name: 'and both',
      create: (log) =>
        createNetworkSizer({ tf, log, shadow: { several: quantiles() }, minFeatures: 2 }),
    },
  ];
}

function cell(tallies: readonly Tally[]): string {
  const { failures, ...rest } = sumTallies(tallies);
  return `${wasteGibHours({ ...rest, failures }).toFixed(0)}/${failures}`;
}

/** Waste and failures for each made-up step, with and without the models of several features. */
export function severalFeaturesTable(tf: Tensorflow): Table {
  const protocol: Protocol = 'online';
  const variants = variantsOf(tf).map(({ name, create }) => {
    const log = createNetworkLog();
    const runs = SEEDS.map((seed) => runProtocol(protocol, create(log), madeUpTasks(seed)));
    process.stderr.write(`several features: ${name} done\n`);
    return { name, runs, log };
  });
  const both = variants.at(-1);
  return {
    title: 'several features: made-up steps, online',
    notes: [
      `${ATTEMPTS} attempts of each step for each of ${SEEDS.length} seeds. Waste in GiB-h/failures; the last column is how often the network's bill was the least beside all others.`,
    ],
    columns: ['need follows', ...variants.map(({ name }) => name), 'network cheapest'],
    rows: STEPS.map(({ name: step }) => [
      step,
      ...variants.map(({ runs }) => cell(runs.flatMap((run) => run.get(step) ?? []))),
      share(both?.log.won.get(step) ?? 0, both?.log.asked.get(step) ?? 0),
    ]),
  };
}

function share(part: number, all: number): string {
  return all === 0 ? '' : `${((100 * part) / all).toFixed(0)} %`;
}
