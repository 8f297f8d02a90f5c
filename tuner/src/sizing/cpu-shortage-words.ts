import type { Policy } from '../model/policy.ts';
import type { CpuShortage } from '../replay/cpu-shortage.ts';
import { coresWords, moneyWords, shareWords } from '../words/amounts.ts';
import { type CoreGrid, fitCores } from './bounds/core-counts.ts';
import type { CpuDemand } from './cpu-demand.ts';
import type { CpuUsage } from './cpu-usage.ts';

export interface ShortageInput {
  readonly usages: readonly CpuUsage[];
  readonly currentCores: number;
  readonly policy: Policy;
  readonly grid: CoreGrid;
  /** What an hour costs with other cores and the same of everything else, US dollars. */
  readonly hourUsd: (cpuCores: number) => number;
}

const SECONDS_PER_HOUR = 3600;

/**
 * What twice the cores, or as many as were wanted, would bring and cost: sentences, or undefined where at
 * best they would shorten the run by less than the policy takes for a change.
 *
 * Said and not suggested: it is a bound on what could be gained, and work that scales worse gains less.
 */
export function shortageWords(
  shortage: CpuShortage,
  { usages, currentCores, policy, grid, hourUsd }: ShortageInput,
): string | undefined {
  const cpuCores = fitCores(Math.min(2 * currentCores, shortage.mostCores), grid);
  const bestRatio = shortage.bestRatio(cpuCores);
  if (cpuCores <= currentCores || 1 - bestRatio <= policy.cpuStretchRatio) return undefined;
  const hours = usages.reduce((sum, usage) => sum + usage.seconds, 0) / SECONDS_PER_HOUR;
  const runs = new Set(usages.map(({ run }) => run)).size;
  const now = (hourUsd(currentCores) * hours) / runs;
  const then = (hourUsd(cpuCores) * hours) / runs;
  const unknown = shortage.isMeasured ? '' : ' (how many more it wanted was not measured)';
  return (
    `It is short of cores: for ${shareWords(shortage.shortShare)} of the time it used every core it had and ` +
    `wanted more${unknown}. With ${coresWords(cpuCores)} it would be ${shareWords(1 - bestRatio)} shorter at best; ` +
    `a run would then cost ${changeWords(then * bestRatio - now)}, and ${changeWords(then - now)} if it got no faster.`
  );
}

/**
 * What the attempts’ own CPU limit held back: a sentence, or undefined where it was less than the policy takes
 * for a change. Their running time is then the limit’s doing, not the work's.
 */
export function throttleWords(
  usages: readonly CpuUsage[],
  { throttledShare = 0 }: Pick<CpuDemand, 'throttledShare'>,
  policy: Policy,
): string | undefined {
  if (throttledShare <= policy.cpuStretchRatio) return undefined;
  const limits = new Set(usages.flatMap(({ limitCores }) => limitCores ?? []));
  const [limit] = limits;
  const ofCores = limits.size === 1 && limit !== undefined ? ` of ${coresWords(limit)}` : '';
  return (
    `Its CPU limit${ofCores} held back ${shareWords(throttledShare)} of the core time that it wanted: ` +
    `that it used no more is the limit’s doing, and it would run faster with more.`
  );
}

function changeWords(changeUsd: number): string {
  return changeUsd <= 0 ? `${moneyWords(-changeUsd)} less` : `${moneyWords(changeUsd)} more`;
}
