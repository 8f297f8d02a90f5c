import type { Ledger } from '../model/ledger.ts';
import type { Prices } from '../model/prices.ts';
import { billedUnit } from '../prices/hourly-cost.ts';
import { intervalsOf, type Realised, sumOf } from './realised.ts';

/** What was saved by each suggestion, most first, and by all of them together, with an interval of its own. */
export function ledgerOf(realised: readonly Realised[], since: Date, prices: Prices): Ledger {
  const entries = realised
    .map(({ entry }) => entry)
    .toSorted((a, b) => b.realised.costUsd.estimate - a.realised.costUsd.estimate);
  const estimate = sumOf(
    entries.map(({ realised: { costUsd, gibHours, coreHours, gpuHours } }) => ({
      costUsd: costUsd.estimate,
      gibHours: gibHours.estimate,
      coreHours: coreHours.estimate,
      gpuHours: gpuHours.estimate,
    })),
  );
  // Suggestions are resampled apart from each other, so sums of their resamples are resamples of the sum.
  const resamples = realised[0]?.resampled.length ?? 0;
  const resampled = Array.from({ length: resamples }, (_, index) =>
    sumOf(realised.flatMap((one) => one.resampled[index] ?? [])),
  );
  const { name, isExample } = prices;
  return {
    since: since.toISOString(),
    prices: { name, isExample, billedUnit: billedUnit(prices) },
    entries,
    totals: {
      predictedCostUsd: entries.reduce((sum, entry) => sum + entry.predictedCostUsd, 0),
      retryCostUsd: entries.reduce((sum, entry) => sum + entry.retryCostUsd, 0),
      realised: intervalsOf(estimate, resampled),
    },
  };
}
