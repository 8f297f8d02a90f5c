import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { ApiClient } from '../client/api-client.ts';
import type { AppliedSuggestion } from './apply-suggestions.ts';

/**
 * Tells the server that suggestions were taken into sources: they are accepted now. Applied they are once an
 * attempt asks for their values, which the server sees by itself: until then, other branches run without them.
 *
 * @param decision who took them, and why; where they were written to, unless said otherwise.
 * @returns those that somebody changed meanwhile, whose word stands.
 */
export async function tellAccepted(
  client: ApiClient,
  results: readonly AppliedSuggestion[],
  decision: { readonly actor: string; readonly reason?: string },
): Promise<AppliedSuggestion[]> {
  const conflicts: AppliedSuggestion[] = [];
  for (const result of results) {
    const { suggestion, outcome } = result;
    if (outcome.kind !== 'changed' || suggestion.state !== 'proposed') continue;
    const body = { event: 'accept', reason: `written to ${outcome.path}`, ...decision } as const;
    try {
      await client.decide(suggestion.suggestionId, body, suggestion.revision);
    } catch (error) {
      if (!(error instanceof StepfitError && error.code === 'conflict')) throw error;
      conflicts.push(result);
    }
  }
  return conflicts;
}
