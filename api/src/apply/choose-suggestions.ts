import { isByFeatures } from '@stepfit/tuner/model/by-features';
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
  /** Of the other steps: what no source is changed for. */
  readonly leftAlone: readonly LeftAlone[];
}

export interface LeftAlone {
  readonly suggestion: Suggestion;
  /** `stale`: accepted, and contradicted by newer attempts since. `at-launch`: no value of a source says it. */
  readonly code: 'stale' | 'at-launch';
  /** Why, in a sentence. */
  readonly detail: string;
}

/** The suggestion to apply for each step: the accepted one, unless its evidence has gone stale; else the proposed. */
export async function chooseSuggestions(client: ApiClient, choice: Choice): Promise<Chosen> {
  const chosen = new Map<string, Suggestion>();
  const left = new Map<string, LeftAlone>();
  const states = choice.acceptedOnly ? ['accepted'] : ['accepted', 'proposed'];
  for (const state of states) {
    for await (const suggestion of eachSuggestion(client, state, choice.flow)) {
      if (!isWanted(suggestion, choice)) continue;
      const key = JSON.stringify([suggestion.flow, suggestion.step]);
      const reason = whyNot(suggestion);
      if (reason !== undefined) left.set(key, { suggestion, ...reason });
      else if (!chosen.has(key)) chosen.set(key, suggestion);
    }
  }
  for (const key of chosen.keys()) left.delete(key);
  return { suggestions: inOrder(chosen), leftAlone: inOrder(left) };
}

function whyNot(suggestion: Suggestion): Pick<LeftAlone, 'code' | 'detail'> | undefined {
  const { stale } = suggestion;
  if (stale !== undefined) return { code: 'stale', detail: stale.reason };
  if (!isByFeatures(suggestion)) return undefined;
  const detail =
    'Each task is sized by its features when it is launched; its source stays as it is.';
  return { code: 'at-launch', detail };
}

function inOrder<One>(byStep: ReadonlyMap<string, One>): One[] {
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
