import type { AttemptUsage, ResourceAmounts } from '../model/attempt-usage.ts';
import type { GpuEvidence } from '../model/evidence.ts';
import type { Prices } from '../model/prices.ts';
import { isCardOf, knownCards, usableMemoryMiB } from '../prices/gpu-cards.ts';
import { hourlyCostUsd } from '../prices/hourly-cost.ts';
import { memoryWords, moneyWords, shareWords } from '../words/amounts.ts';
import type { GpuSizing } from './size-gpu.ts';

export interface CardInput {
  readonly attempts: readonly AttemptUsage[];
  /** Cores and memory that the GPUs are held with. */
  readonly beside: ResourceAmounts;
  readonly prices: Prices;
}

type SmallerCard = NonNullable<GpuEvidence['smallerCard']>;

/** As for memory: the margin of KRR over the largest need seen. */
const MARGIN_RATIO = 1.15;
const MS_PER_HOUR = 3_600_000;

/**
 * The sizing with the cheapest card in the price table that would hold the largest GPU memory seen, with
 * 15 % to spare, where it costs less than the one in use.
 *
 * Only ever said: a smaller card may be slower, and some programs take all the memory that they find.
 */
export function withSmallerCard(gpu: GpuSizing, input: CardInput): GpuSizing {
  const { evidence } = gpu;
  const { peakMemoryMiB = 0 } = evidence;
  const smallerCard = cheaperCard(gpu, input);
  if (smallerCard === undefined) return gpu;
  const { model, memoryMiB, costUsdPerRun } = smallerCard;
  const words =
    `Its memory would fit a smaller card: ${memoryWords(peakMemoryMiB)} at most, and ${shareWords(MARGIN_RATIO - 1)} ` +
    `more, into the ${memoryWords(memoryMiB)} of ${model}, for ${moneyWords(costUsdPerRun)} a run less ` +
    'if it runs as fast there, which readings cannot tell.';
  return {
    ...gpu,
    evidence: { ...evidence, smallerCard, verdict: `${evidence.verdict} ${words}` },
  };
}

function cheaperCard(
  { gpuCount, evidence }: GpuSizing,
  { attempts, beside, prices }: CardInput,
): SmallerCard | undefined {
  const { peakMemoryMiB, memoryLimitMiB } = evidence;
  if (peakMemoryMiB === undefined || memoryLimitMiB === undefined || gpuCount === 0) {
    return undefined;
  }
  function hourUsd(gpuMemoryMiB: number): number {
    return hourlyCostUsd({ ...beside, gpuCount, gpuMemoryMiB }, prices);
  }
  const nowUsd = hourUsd(memoryLimitMiB);
  const [best] = knownCards(prices)
    .filter(
      ({ memoryMiB }) =>
        memoryMiB < memoryLimitMiB &&
        !isCardOf(memoryMiB, memoryLimitMiB) &&
        usableMemoryMiB(memoryMiB) >= peakMemoryMiB * MARGIN_RATIO &&
        hourUsd(memoryMiB) < nowUsd,
    )
    .toSorted((a, b) => hourUsd(a.memoryMiB) - hourUsd(b.memoryMiB) || a.memoryMiB - b.memoryMiB);
  if (best === undefined) return undefined;
  const hours = attempts.reduce((sum, usage) => sum + usage.durationMs, 0) / MS_PER_HOUR;
  const runs = new Set(attempts.map(({ run }) => run)).size;
  return { ...best, costUsdPerRun: ((nowUsd - hourUsd(best.memoryMiB)) * hours) / runs };
}
