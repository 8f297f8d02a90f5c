import type { Decidable } from '../decide.tsx';
import { restAddress, send } from './request.ts';

export type Decision = 'accept' | 'dismiss' | 'snooze' | 'reopen' | 'apply';

/**
 * Carries out a decision, over what was read and not over what somebody else made of it since.
 *
 * @throws {RequestProblem} `conflict` where that is no longer so.
 */
export async function decideSuggestion(
  project: string | undefined,
  { suggestionId, revision }: Decidable,
  decision: Decision,
  words: { readonly actor?: string; readonly reason?: string; readonly until?: string },
): Promise<void> {
  const path = `/suggestions/${encodeURIComponent(suggestionId)}/events`;
  await send(restAddress(path, { project }), {
    method: 'POST',
    body: { event: decision, ...words },
    ...(revision !== undefined && { headers: { 'if-match': `"${revision}"` } }),
  });
}
