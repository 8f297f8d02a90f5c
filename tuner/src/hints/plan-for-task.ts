import type { HintSizing } from '@stepfit/sdk-plugin/contract/attributes';

import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { MemoryFormula } from '../model/memory-formula.ts';
import { fitToGrid, type Grid } from '../sizing/bounds/grid.ts';
import type { MemoryPlan } from '../sizing/plan-memory.ts';
import { evaluateFormula } from './evaluate-formula.ts';

export interface TaskPlan extends MemoryPlan {
  readonly sizedBy: HintSizing;
}

/**
 * The memory plan of one task: the step's, its first value replaced by the formula's where that says
 * something of the task. No value is above the plan's last, nor below the grid's floor where that is below
 * the last; each is at least the one before it.
 */
export function planForTask(
  plan: MemoryPlan,
  formula: MemoryFormula | undefined,
  grid: Grid,
  features: AttemptUsage['features'],
): TaskPlan {
  const wishMiB = formula === undefined ? undefined : evaluateFormula(formula, features);
  if (wishMiB === undefined) return { ...plan, sizedBy: 'plan' };
  const firstMiB = Math.min(fitToGrid(wishMiB, grid), plan.lastMiB);
  return {
    firstMiB,
    secondMiB: Math.max(firstMiB, plan.secondMiB),
    lastMiB: plan.lastMiB,
    sizedBy: 'features',
  };
}
