import type { Suggestion } from '@stepfit/tuner/model/suggestion';

import type { ApiClient } from '../client/api-client.ts';

/** The server's largest page. */
const PAGE_LIMIT = 500;

export interface Choice {
  readonly flow?: string;
  readonly steps?: readonly { readonly flow?: string; readonly step: string }[];
  /** Only what a person has accepted. */
  readonly acceptedOnly: boolean;
  /** Leaves out what frees less money a run than this, US dollars. What grows is never left out. */
  readonly minSavingUsd: number;
}

export interface Chosen {
  /** One for each step, by flow and step, so that the same suggestions always make the same change. */
  readonly suggestions: readonly Suggestion[];
  /** Accepted once and contradicted by newer attempts since, with nothing proposed in their place. */
  readonly stale: readonly Suggestion[];
}

/** The suggestion to apply for each step: the accepted one, unless its evidence has gone stale; else the proposed. */
export async function chooseSuggestions(client: ApiClient, choice: Choice): Promise<Chosen> {
  const chosen = new Map<string, Suggestion>();
  const stale = new Map<string, Suggestion>();
  const states = choice.acceptedOnly ? ['accepted'] : ['accepted', 'proposed'];
  for (const state of states) {
    for await (const suggestion of eachSuggestion(client, state, choice.flow)) {
      if (!isWanted(suggestion, choice)) continue;
      const key = JSON.stringify([suggestion.flow, suggestion.step]);
      if (suggestion.stale !== undefined) stale.set(key, suggestion);
      else if (!chosen.has(key)) chosen.set(key, suggestion);
    }
  }
  for (const key of chosen.keys()) stale.delete(key);
  return { suggestions: inOrder(chosen), stale: inOrder(stale) };
}

function inOrder(byStep: ReadonlyMap<string, Suggestion>): Suggestion[] {
  return [...byStep].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function isWanted({ flow, step, savings }: Suggestion, { steps, minSavingUsd }: Choice): boolean {
  const isNamed =
    steps === undefined ||
    steps.some((one) => one.step === step && (one.flow === undefined || one.flow === flow));
  return isNamed && (savings.costUsdPerRun < 0 || savings.costUsdPerRun >= minSavingUsd);
}

async function* eachSuggestion(
  client: ApiClient,
  state: string,
  flow: string | undefined,
): AsyncGenerator<Suggestion> {
  let cursor: string | undefined;
  do {
    const page = await client.suggestions({
      state,
      limit: PAGE_LIMIT,
      ...(flow !== undefined && { flow }),
      ...(cursor !== undefined && { cursor }),
    });
    yield* page.suggestions;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}
