import type { StrategyName } from '../../model/policy.ts';
import type { MemoryStrategy } from '../memory-strategy.ts';
import { maxMargin } from './max-margin.ts';
import { minWaste } from './min-waste.ts';
import { percentile } from './percentile.ts';
import { shadow } from './shadow.ts';

/** Every strategy by name. Explicit, so that adding one is a line that shows in review. */
export const MEMORY_STRATEGIES: Readonly<Record<StrategyName, MemoryStrategy>> = {
  shadow,
  'max-margin': maxMargin,
  percentile,
  'min-waste': minWaste,
};
