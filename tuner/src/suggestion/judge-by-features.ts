import type { MemoryMethod, MemoryReplay } from '../model/evidence.ts';
import { conformalFactor } from '../replay/conformal-factor.ts';
import {
  replayStrategy,
  type StrategyReplay,
  type StrategyReplayInput,
} from '../replay/replay-strategy.ts';
import type { RiskBudget } from '../sizing/bounds/exceedance-bound.ts';
import { DEFAULT_SHADOW_OPTIONS } from '../sizing/shadow/options.ts';
import { shadow } from '../sizing/strategies/shadow.ts';

export interface ByFeatures {
  readonly row: MemoryReplay;
  /** Absent while too few attempts have been learnt. */
  readonly method?: MemoryMethod;
}

/**
 * What a launcher would save that sizes each attempt by what is known of it before it starts, with the
 * formula that it would use for an attempt like the newest, and what has to be added to it to keep the
 * policy's risk. It replays as many of the newest attempts as a shadow looks at. Undefined where none of
 * them states a feature.
 */
export function judgeByFeatures(
  input: Omit<StrategyReplayInput, 'strategy' | 'byFeatures'>,
  budget: RiskBudget,
): ByFeatures | undefined {
  const observations = input.observations.slice(-DEFAULT_SHADOW_OPTIONS.window);
  const isFeatured = observations.some(({ features }) => Object.keys(features).length > 0);
  if (!isFeatured) return undefined;
  const replay = replayStrategy({ ...input, observations, strategy: shadow, byFeatures: true });
  const method = withFactor(replay, budget);
  return { row: replay.row, ...(method === undefined ? {} : { method }) };
}

function withFactor({ now, asked }: StrategyReplay, budget: RiskBudget): MemoryMethod | undefined {
  if (now?.method === undefined) return undefined;
  const { factor, bound } = conformalFactor(asked, budget);
  if (!Number.isFinite(factor)) return now.method;
  return { ...now.method, factor, upperBound: bound.upperBound };
}
