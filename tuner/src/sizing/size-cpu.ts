import type { CpuReplay } from '../model/evidence.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import type { CpuCurve } from '../replay/cpu-curve.ts';
import { coresWords, countWords, shareWords } from '../words/amounts.ts';
import { fitToGrid, type Grid, isWithinTolerance, roundUp } from './bounds/grid.ts';
import { type CpuDemand, cpuDemand } from './cpu-demand.ts';
import type { CpuUsage } from './cpu-usage.ts';

export interface CpuInput {
  readonly usages: readonly CpuUsage[];
  readonly currentCores: number;
  /** Memory that is paid for as long as the cores are. */
  readonly memoryMiB: number;
  readonly policy: Policy;
  /** Cores in whole numbers or finer, floor and cap, as the policy and the backend have them. */
  readonly grid: Grid;
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
  /** The speed/cost curve, ascending by cores. */
  readonly curve: CpuReplay[];
  readonly stretchRatio: (cpuCores: number) => number;
  /** Share of the time threads could have run in which they waited for a core, where it was measured. */
  readonly waitShare?: number;
}

/** More points than this add nothing to the choice, however fine the grid. */
const MAX_CANDIDATES = 256;
const SECONDS_PER_HOUR = 3600;
const MIB_PER_GIB = 1024;
/** Up to this many cores busy at a time, a step runs one thing after another; the rest is system noise. */
const SERIAL_CORES = 1.1;

/**
 * Cores for a step: of all counts whose stretch of the running time is within the policy, over all
 * attempts together and for 95 of 100 alone, the one at which cores and memory cost least.
 *
 * Cores that threads waited for count as wanted. Where waiting was not measured and usage reached the cores
 * available, the true demand is unknown, and nothing is taken away.
 */
export function sizeCpu(input: CpuInput): CpuSizing {
  const { usages, currentCores, policy } = input;
  const demand = cpuDemand(usages, currentCores);
  const { curve, hiddenShare } = demand;
  const isLowerBound = hiddenShare > policy.cpuStretchRatio;
  const best = cheapestCores(input, demand);
  const isHeld = isLowerBound && best < currentCores;
  // Rounding up to the grid or the floor is no reason to raise cores that are enough as they are.
  const isEnough = isFastEnough(input, demand, currentCores);
  const isSmall = isWithinTolerance(currentCores, best, policy.toleranceRatio);
  const isChanged = !isHeld && !isSmall && (best < currentCores || !isEnough);
  const cpuCores = isChanged ? best : currentCores;
  const words = isHeld
    ? `usage reached all cores the machine had for ${shareWords(hiddenShare)} of the time, so with ` +
      `${coresWords(currentCores)} it might be higher`
    : `${usageWords(usages, curve, cpuCores)}${waitWords(demand, policy)}`;
  return {
    cpuCores,
    isChanged,
    isHeld,
    words: isLowerBound && !isHeld ? `${words}; the need may be higher still, ${SATURATED}` : words,
    curve: curveRows(input, curve, cpuCores, isLowerBound),
    stretchRatio: curve.stretchRatio,
    ...(demand.waitShare === undefined ? {} : { waitShare: demand.waitShare }),
  };
}

/** Said only where waiting is long enough to have changed the result. */
function waitWords({ waitShare = 0 }: CpuDemand, policy: Policy): string {
  return waitShare > policy.cpuStretchRatio
    ? `, counting the ${shareWords(waitShare)} of their time in which its threads waited for a core`
    : '';
}

const SATURATED = 'since usage reached all cores the machine had';

/** Within the policy's stretch over all attempts together, and for 95 of 100 alone. */
function isFastEnough({ policy }: CpuInput, demand: CpuDemand, cpuCores: number): boolean {
  const limit = 1 + policy.cpuStretchRatio;
  return demand.curve.stretchRatio(cpuCores) <= limit && demand.slowStretch(cpuCores) <= limit;
}

function cheapestCores(input: CpuInput, demand: CpuDemand): number {
  const { usages, currentCores, grid, prices } = input;
  const most = Math.max(currentCores, ...usages.map((usage) => usage.levels.at(-1)?.cores ?? 0));
  const highest = fitToGrid(most, grid);
  const spread = Math.max(grid.step, roundUp((highest - grid.floor) / MAX_CANDIDATES, grid.step));
  let best = highest;
  let leastCost = Number.POSITIVE_INFINITY;
  // Downwards, since stretch only grows: the first count that is too slow ends the search. Of equal costs
  // the smaller count wins: cores given back are of use to others even where they have no price.
  for (let cores = highest; ; cores = fitToGrid(cores - spread, grid)) {
    if (!isFastEnough(input, demand, cores)) break;
    const cost =
      (cores * prices.cpuCoreHourUsd + (input.memoryMiB / MIB_PER_GIB) * prices.memoryGibHourUsd) *
      demand.curve.stretchRatio(cores);
    if (cost <= leastCost) {
      leastCost = cost;
      best = cores;
    }
    if (cores <= fitToGrid(grid.floor, grid)) break;
  }
  return best;
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

function curveRows(
  input: CpuInput,
  curve: CpuCurve,
  suggested: number,
  isLowerBound: boolean,
): CpuReplay[] {
  const { currentCores, grid, prices } = input;
  const hours = curve.seconds / SECONDS_PER_HOUR;
  const neighbours = [suggested / 2, suggested - grid.step, suggested + grid.step, suggested * 2];
  const counts = new Set([currentCores, suggested]);
  for (const cores of neighbours) if (cores > 0) counts.add(fitToGrid(cores, grid));
  return [...counts]
    .toSorted((a, b) => a - b)
    .map((cpuCores) => {
      const stretchRatio = curve.stretchRatio(cpuCores);
      const paidCoreHours = cpuCores * hours * stretchRatio;
      return {
        label: labelOf(cpuCores, currentCores, suggested),
        cpuCores,
        stretchRatio,
        addedHours: hours * (stretchRatio - 1),
        paidCoreHours,
        costUsd: paidCoreHours * prices.cpuCoreHourUsd,
        isLowerBound,
      };
    });
}

function labelOf(cpuCores: number, current: number, suggested: number): string {
  if (cpuCores === current) return 'current';
  return cpuCores === suggested ? 'suggested' : 'neighbour';
}
