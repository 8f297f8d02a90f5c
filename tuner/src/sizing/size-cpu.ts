import type { CpuReplay } from '../model/evidence.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import { hourlyCostUsd } from '../prices/hourly-cost.ts';
import type { CpuCurve } from '../replay/cpu-curve.ts';
import { coresWords, countWords, shareWords } from '../words/amounts.ts';
import { type CoreGrid, coreCounts, fitCores, thinned } from './bounds/core-counts.ts';
import { isWithinTolerance } from './bounds/grid.ts';
import { type CpuDemand, cpuDemand } from './cpu-demand.ts';
import { shortageWords, throttleWords } from './cpu-shortage-words.ts';
import type { CpuUsage } from './cpu-usage.ts';

export interface CpuInput {
  readonly usages: readonly CpuUsage[];
  readonly currentCores: number;
  /** Memory and GPUs that are paid for as long as the cores are. */
  readonly memoryMiB: number;
  readonly gpuCount?: number;
  /** Memory of one GPU, where it was read. */
  readonly gpuMemoryMiB?: number;
  readonly policy: Policy;
  /** Cores in whole numbers or finer, floor and cap, as the policy and the backend have them. */
  readonly grid: CoreGrid;
  readonly prices: Prices;
}

export interface CpuSizing {
  /** The current cores where there is no reason to change them. */
  readonly cpuCores: number;
  readonly isChanged: boolean;
  /** True where fewer cores would do for what was measured, but not surely for what was wanted. */
  readonly isHeld: boolean;
  /** One sentence: why this value. */
  readonly words: string;
  /** Sentences on what more cores than now would bring; absent where they would bring next to nothing. */
  readonly shortageWords?: string;
  /** A sentence on what its own CPU limit held back; absent where that is next to nothing, or unknown. */
  readonly throttleWords?: string;
  /** The speed/cost curve, ascending by cores. */
  readonly curve: CpuReplay[];
  readonly stretchRatio: (cpuCores: number) => number;
  /** Share of the time threads could have run in which they waited for a core, where it was measured. */
  readonly waitShare?: number;
}

/** Points of the curve in the evidence: enough to see its shape, few enough to read. */
const MAX_POINTS = 16;
const SECONDS_PER_HOUR = 3600;
/** Up to this many cores busy at a time, a step runs one thing after another; the rest is system noise. */
const SERIAL_CORES = 1.1;

/**
 * Cores for a step: of all counts whose stretch of the running time is within the policy, over all
 * attempts together and for 95 of 100 alone, the one at which cores cost least together with the memory and
 * the GPUs that are held for as long.
 *
 * Cores that threads waited for count as wanted. Where waiting was not measured and usage reached the cores
 * available, the true demand is unknown, and nothing is taken away.
 */
export function sizeCpu(input: CpuInput): CpuSizing {
  const { usages, currentCores, policy } = input;
  const demand = cpuDemand(usages, currentCores);
  const { curve, hiddenShare } = demand;
  const isLowerBound = hiddenShare > policy.cpuStretchRatio;
  const candidates = coreCounts(input.grid, Math.max(currentCores, mostUsed(usages)));
  const best = cheapestCores(input, demand, candidates);
  const isHeld = isLowerBound && best < currentCores;
  // Rounding up to the grid or the floor is no reason to raise cores that are enough as they are.
  const isEnough = isFastEnough(input, demand, currentCores);
  const isSmall = isWithinTolerance(currentCores, best, policy.toleranceRatio);
  const isChanged = !isHeld && !isSmall && (best < currentCores || !isEnough);
  const cpuCores = isChanged ? best : currentCores;
  const short = shortageWords(demand.shortage, { ...input, ...costsOf(input) });
  const throttled = throttleWords(usages, demand, policy);
  return {
    cpuCores,
    isChanged,
    isHeld,
    words: isHeld ? heldWords(demand, currentCores) : choiceWords(input, demand, cpuCores),
    ...(short === undefined ? {} : { shortageWords: short }),
    ...(throttled === undefined ? {} : { throttleWords: throttled }),
    curve: curveRows(input, demand, cpuCores),
    stretchRatio: curve.stretchRatio,
    ...(demand.waitShare === undefined ? {} : { waitShare: demand.waitShare }),
  };
}

/** Within the policy's stretch over all attempts together, and for 95 of 100 alone. */
function isFastEnough({ policy }: CpuInput, demand: CpuDemand, cpuCores: number): boolean {
  const limit = 1 + policy.cpuStretchRatio;
  return demand.curve.stretchRatio(cpuCores) <= limit && demand.slowStretch(cpuCores) <= limit;
}

function mostUsed(usages: readonly CpuUsage[]): number {
  return Math.max(0, ...usages.map((usage) => usage.levels.at(-1)?.cores ?? 0));
}

function cheapestCores(input: CpuInput, demand: CpuDemand, candidates: readonly number[]): number {
  const { hourUsd } = costsOf(input);
  let best = candidates.at(-1) ?? input.currentCores;
  let leastCost = Number.POSITIVE_INFINITY;
  // Downwards, since stretch only grows: the first count that is too slow ends the search. Of equal costs
  // the smaller count wins: cores given back are of use to others even where they have no price.
  for (const cores of candidates.toReversed()) {
    if (!isFastEnough(input, demand, cores)) break;
    const cost = hourUsd(cores) * demand.curve.stretchRatio(cores);
    if (cost > leastCost) continue;
    leastCost = cost;
    best = cores;
  }
  return best;
}

/** What an hour costs with other cores and the same of everything else. */
function costsOf({ memoryMiB, gpuCount = 0, gpuMemoryMiB, prices }: CpuInput): {
  readonly hourUsd: (cpuCores: number) => number;
} {
  const beside = { memoryMiB, gpuCount, ...(gpuMemoryMiB === undefined ? {} : { gpuMemoryMiB }) };
  return { hourUsd: (cpuCores) => hourlyCostUsd({ cpuCores, ...beside }, prices) };
}

function heldWords({ hiddenShare }: CpuDemand, currentCores: number): string {
  return (
    `usage reached all cores the machine had for ${shareWords(hiddenShare)} of the time, so with ` +
    `${coresWords(currentCores)} it might be higher`
  );
}

function choiceWords(input: CpuInput, demand: CpuDemand, cpuCores: number): string {
  const { usages, policy, currentCores } = input;
  const { waitShare = 0, hiddenShare } = demand;
  const stretch = policy.cpuStretchRatio;
  const isChanged = cpuCores !== currentCores;
  const why = isChanged
    ? `, the cheapest count within the ${shareWords(stretch)} that the policy allows`
    : '';
  const waited =
    waitShare > stretch
      ? `, counting the ${shareWords(waitShare)} of their time in which its threads waited for a core`
      : '';
  const hidden =
    hiddenShare > stretch
      ? '; the need may be higher still, since usage reached all cores the machine had'
      : '';
  return `${usageWords(usages, demand.curve, cpuCores)}${waited}${why}${hidden}`;
}

function usageWords(usages: readonly CpuUsage[], curve: CpuCurve, cpuCores: number): string {
  const seen = countWords(usages.length, 'attempt');
  const added = curve.stretchRatio(cpuCores) - 1;
  const slower =
    added < 0.0005
      ? `${coresWords(cpuCores)} would not have slowed ${seen}`
      : `${coresWords(cpuCores)} would have made ${seen} ${shareWords(added)} longer`;
  return curve.stretchRatio(SERIAL_CORES) - 1 < 0.01
    ? `it ran as a serial step, hardly ever with more than one core busy: ${slower}`
    : slower;
}

/** Every count up to the larger of what is asked for and what was wanted, thinned out evenly by ratio. */
function curveRows(input: CpuInput, demand: CpuDemand, suggested: number): CpuReplay[] {
  const { currentCores, grid, policy, usages } = input;
  const { curve, shortage, hiddenShare } = demand;
  const { hourUsd } = costsOf(input);
  const hours = curve.seconds / SECONDS_PER_HOUR;
  // How much more was wanted may be unknown: then twice as many show what there is to be had.
  const wanted = Number.isFinite(shortage.mostCores) ? shortage.mostCores : 2 * currentCores;
  const counts = coreCounts(grid, Math.max(suggested, currentCores, mostUsed(usages), wanted));
  const isShort = shortage.bestRatio(counts.at(-1) ?? currentCores) < 1;
  const kept = [currentCores, suggested, fitCores(wanted, grid), counts[0] ?? currentCores];
  return thinned(counts, kept, MAX_POINTS).map((cpuCores) => {
    const stretchRatio = curve.stretchRatio(cpuCores);
    return {
      label: labelOf(cpuCores, currentCores, suggested),
      cpuCores,
      stretchRatio,
      ...(isShort && cpuCores > currentCores ? { bestRatio: shortage.bestRatio(cpuCores) } : {}),
      addedHours: hours * (stretchRatio - 1),
      paidCoreHours: cpuCores * hours * stretchRatio,
      costUsd: hourUsd(cpuCores) * hours * stretchRatio,
      isLowerBound: hiddenShare > policy.cpuStretchRatio,
    };
  });
}

/** What a point of the curve is called. */
export function labelOf(cpuCores: number, current: number, suggested: number): string {
  if (cpuCores === current) return 'current';
  return cpuCores === suggested ? 'suggested' : 'neighbour';
}
