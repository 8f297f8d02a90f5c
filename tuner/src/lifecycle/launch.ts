import type { Suggestion, SuggestionState } from '../model/suggestion.ts';

/** A suggestion as launching has to carry it out. */
export interface Launch {
  readonly suggestion: Suggestion;
  /** Share of the tasks that get its values, 0 to 1. */
  readonly share: number;
}

const ROLLED_OUT: ReadonlySet<SuggestionState> = new Set(['accepted', 'applied', 'verified']);

/**
 * What takes effect at launch in mode `auto`: of a step's suggestions, newest first, the one that is tried or in
 * force, with the plan and the share of its roll-out. A formula that may ask for less than that plan is left out.
 */
export function rolledOut(suggestions: readonly Suggestion[]): Launch | undefined {
  for (const suggestion of suggestions) {
    const { rollout, evidence, plan } = suggestion;
    if (rollout === undefined || !ROLLED_OUT.has(suggestion.state)) continue;
    const { memoryFormula: _formula, ...withoutFormula } = evidence;
    const isWhole = rollout.plan.first.memoryMiB === plan.first.memoryMiB;
    return {
      suggestion: {
        ...suggestion,
        plan: rollout.plan,
        evidence: isWhole ? evidence : withoutFormula,
      },
      share: rollout.share,
    };
  }
  return undefined;
}
