import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { MemoryFormula } from '../model/memory-formula.ts';

type Features = AttemptUsage['features'];

/**
 * Memory that a formula asks for, MiB, before rounding; undefined where it says nothing of such a task: the
 * feature is missing, or lies where no attempt has been. Below the smallest value seen a rising line asks as
 * for the smallest.
 *
 * The extension evaluates the same in Python (`hints_plan.py`), and a property test holds the two together.
 */
export function evaluateFormula(formula: MemoryFormula, features: Features): number | undefined {
  const value = features[formula.feature];
  if (formula.kind === 'labels') {
    if (typeof value !== 'string' && typeof value !== 'boolean') return undefined;
    const needMiB = Object.hasOwn(formula.needsMiB, String(value))
      ? formula.needsMiB[String(value)]
      : undefined;
    return needMiB === undefined ? undefined : needMiB * formula.factor;
  }
  if (typeof value !== 'number' || !(value <= formula.to)) return undefined;
  if (value < formula.from && formula.slopeMiB < 0) return undefined;
  const input = Math.max(value, formula.from);
  return Math.max(formula.baseMiB + formula.slopeMiB * input, formula.leastMiB) * formula.factor;
}
