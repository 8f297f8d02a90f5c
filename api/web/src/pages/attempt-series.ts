import type { Attempt, UsageSeries } from '../../../src/http/schemas/attempts.ts';
import type { PlotSeries } from '../plots/series-plot.tsx';

const MIB = 1024 ** 2;
const MS = 1000;

/** Series of one quantity over one axis of time. */
export interface SeriesGroup {
  readonly seconds: readonly number[];
  readonly series: readonly PlotSeries[];
}

const NONE: SeriesGroup = { seconds: [], series: [] };

/** Several series on the union of their times; where one has no point, it has none. */
function align(
  named: readonly (Omit<PlotSeries, 'values'> & {
    readonly points: readonly (readonly [seconds: number, value: number])[];
  })[],
): SeriesGroup {
  const known = named.filter(({ points }) => points.length > 0);
  const seconds = [...new Set(known.flatMap(({ points }) => points.map(([at]) => at)))].toSorted(
    (a, b) => a - b,
  );
  return {
    seconds,
    series: known.map(({ points, ...series }) => {
      const byTime = new Map(points);
      return { ...series, values: seconds.map((at) => byTime.get(at) ?? null) };
    }),
  };
}

/** Memory, MiB: the need, the page cache apart from it, and what was requested and enforced. */
export function memoryGroup(attempt: Attempt, series: readonly UsageSeries[]): SeriesGroup {
  const group = align([
    {
      name: 'need',
      color: '--used',
      isFilled: true,
      points: maxima(series, 'process.memory.usage'),
    },
    { name: 'highest so far', color: '--ink', points: maxima(series, 'stepfit.memory.peak') },
    {
      name: 'page cache, not counted',
      color: '--requested',
      points: maxima(series, 'stepfit.memory.cache'),
    },
  ]);
  return withLines(group, levelsOf(attempt.request.memoryMiB, attempt.limitMemoryMiB));
}

/** Cores in use: the rate of the CPU time, all modes together, what was requested and what was enforced. */
export function coresGroup(attempt: Attempt, series: readonly UsageSeries[]): SeriesGroup {
  const group = align([
    { name: 'in use', color: '--used', isFilled: true, points: rate(series, 'process.cpu.time') },
    {
      name: 'waited for',
      color: '--requested',
      points: rate(series, 'stepfit.cpu.wait_time'),
    },
  ]);
  return withLines(group, levelsOf(attempt.request.cpuCores, attempt.limitCpuCores));
}

/** Share of time that each GPU was busy, 0 to 1. */
export function gpuGroup(series: readonly UsageSeries[]): SeriesGroup {
  return align(gpuLines(series, 'hw.gpu.utilization', 1));
}

/** Memory in use on each GPU, MiB. */
export function gpuMemoryGroup(attempt: Attempt, series: readonly UsageSeries[]): SeriesGroup {
  const group = align(gpuLines(series, 'hw.gpu.memory.usage', MIB));
  return withLines(group, [['memory of the GPU', '--wasted', attempt.gpuMemoryLimitMiB]]);
}

const GPU_COLORS = ['--used', '--chosen', '--suggested', '--wasted'];

function gpuLines(series: readonly UsageSeries[], metric: string, unit: number) {
  return series
    .filter((one) => one.metric === metric)
    .map((one, index) => ({
      name: `GPU ${one.series}`,
      color: GPU_COLORS[index % GPU_COLORS.length] ?? '--used',
      points: one.points.map(({ offsetMs, max }) => [offsetMs / MS, max / unit] as const),
    }));
}

function maxima(
  series: readonly UsageSeries[],
  metric: string,
): readonly (readonly [number, number])[] {
  const highest = new Map<number, number>();
  for (const { points } of series.filter((one) => one.metric === metric)) {
    for (const { offsetMs, max } of points) {
      const at = offsetMs / MS;
      highest.set(at, Math.max(highest.get(at) ?? 0, max / MIB));
    }
  }
  return [...highest];
}

/** What a counter grew by in each second, its series added up; a counter starts at 0 with the attempt. */
function rate(
  series: readonly UsageSeries[],
  metric: string,
): readonly (readonly [number, number])[] {
  const grown = new Map<number, number>();
  for (const { points } of series.filter((one) => one.metric === metric)) {
    for (const { offsetMs, last } of points) {
      grown.set(offsetMs, (grown.get(offsetMs) ?? 0) + last);
    }
  }
  let beforeMs = 0;
  let before = 0;
  return [...grown]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([offsetMs, total]) => {
      const ms = offsetMs - beforeMs;
      const growth = Math.max(0, total - before);
      beforeMs = offsetMs;
      before = total;
      return ms <= 0 ? [] : [[offsetMs / MS, (growth * MS) / ms] as const];
    });
}

type Level = readonly [name: string, color: string, value: number | undefined];

/** What was requested and what was enforced: one line where they are the same. */
function levelsOf(requested: number | undefined, limit: number | undefined): readonly Level[] {
  if (requested === limit) return [['requested and limit', '--wasted', requested]];
  return [
    ['requested', '--wasted', requested],
    ['limit', '--bad', limit],
  ];
}

/** Levels as lines from the first time to the last. */
function withLines({ seconds, series }: SeriesGroup, lines: readonly Level[]): SeriesGroup {
  if (seconds.length === 0) return NONE;
  return {
    seconds,
    series: [
      ...series,
      ...lines.flatMap(([name, color, value]) =>
        value === undefined
          ? []
          : [{ name, color, isDashed: true, values: seconds.map(() => value) }],
      ),
    ],
  };
}
