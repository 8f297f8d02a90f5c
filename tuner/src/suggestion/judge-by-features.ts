import type { MemoryMethod, MemoryReplay } from '../model/evidence.ts';
import { replayStrategy, type StrategyReplayInput } from '../replay/replay-strategy.ts';
import { conformalFactor } from '../sizing/bounds/conformal-factor.ts';
import type { RiskBudget } from '../sizing/bounds/exceedance-bound.ts';
import type { MemoryObservation } from '../sizing/memory-observation.ts';
import { estimateFrom } from '../sizing/memory-strategy.ts';
import { shadow } from '../sizing/strategies/shadow.ts';

export interface ByFeatures {
  /** Absent where no attempt states a feature. */
  readonly row?: MemoryReplay;
  /** Absent where there are no attempts that ran to their end. */
  readonly method?: MemoryMethod;
}

/**
 * What a launcher would save that sizes each attempt by what is known of it before it starts, with the
 * formula that it would use for an attempt like the newest, and what has to be added to it to keep the
 * policy's risk.
 */
export function judgeByFeatures(
  input: Omit<StrategyReplayInput, 'strategy' | 'byFeatures'>,
  budget: RiskBudget,
): ByFeatures {
  const { observations, context } = input;
  const newest = observations.at(-1);
  if (newest === undefined) return {};
  const coming = { startsAtMs: newest.endedAtMs, features: newest.features };
  const method = estimateFrom(shadow, observations, coming, context)?.method;
  if (method === undefined) return {};
  if (!hasFeatures(observations)) return { method };
  const { row, asked } = replayStrategy({ ...input, strategy: shadow, byFeatures: true });
  const { factor, bound } = conformalFactor(asked, budget);
  if (!Number.isFinite(factor)) return { row, method };
  return { row, method: { ...method, factor, upperBound: bound.upperBound } };
}

function hasFeatures(observations: readonly MemoryObservation[]): boolean {
  return observations.some(({ features }) => Object.keys(features).length > 0);
}
