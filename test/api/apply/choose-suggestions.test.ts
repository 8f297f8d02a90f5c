import { type Choice, chooseSuggestions } from '@stepfit/api/apply/choose-suggestions';
import type { ApiClient } from '@stepfit/api/client/api-client';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import { describe, expect, it } from 'vitest';

import { suggestion } from '../support/samples.ts';

const ANY: Choice = { acceptedOnly: false, minSavingUsd: 0 };
const STALE = { since: '2026-11-20T09:00:00.000Z', reason: 'By now 40 attempts suggest 3 GiB.' };

/** A server that has these, and gives them one to a page. */
function serverWith(all: readonly Suggestion[]): ApiClient {
  const client: Pick<ApiClient, 'suggestions'> = {
    async suggestions({ state, cursor = '0' } = {}) {
      const found = all.filter((one) => one.state === state);
      const next = Number(cursor) + 1;
      return {
        project: 'default',
        suggestions: found.slice(Number(cursor), next),
        ...(next < found.length && { nextCursor: String(next) }),
      };
    },
  };
  return client as ApiClient;
}

function of(step: string, state: Suggestion['state'], changes: Partial<Suggestion> = {}) {
  return { ...suggestion(), suggestionId: `${step}-${state}`, step, state, ...changes };
}

async function chosen(all: readonly Suggestion[], choice: Partial<Choice> = {}) {
  const { suggestions, leftAlone } = await chooseSuggestions(serverWith(all), {
    ...ANY,
    ...choice,
  });
  return {
    taken: suggestions.map(({ suggestionId }) => suggestionId),
    left: leftAlone.map(({ suggestion: one, code }) => `${one.suggestionId} ${code}`),
  };
}

describe('which suggestions are applied', () => {
  it('is what somebody accepted, else what is proposed, step by step', async () => {
    const all = [of('b', 'proposed'), of('a', 'proposed'), of('a', 'accepted')];

    expect(await chosen(all)).toEqual({ taken: ['a-accepted', 'b-proposed'], left: [] });
    expect(await chosen(all, { acceptedOnly: true })).toEqual({ taken: ['a-accepted'], left: [] });
  });

  it('is not what newer attempts contradict: what is proposed beside it takes its place', async () => {
    const all = [
      of('a', 'accepted', { stale: STALE }),
      of('a', 'proposed'),
      of('b', 'accepted', { stale: STALE }),
    ];

    expect(await chosen(all)).toEqual({ taken: ['a-proposed'], left: ['b-accepted stale'] });
    expect(await chosen(all, { acceptedOnly: true })).toEqual({
      taken: [],
      left: ['a-accepted stale', 'b-accepted stale'],
    });
  });

  it('is not what only launching can do', async () => {
    const { effective, evidence } = suggestion();
    const all = [
      of('a', 'proposed', {
        suggested: effective,
        evidence: {
          ...evidence,
          memoryFormula: { kind: 'labels', feature: 'country', needsMiB: { de: 900 }, factor: 1.1 },
        },
      }),
    ];

    expect(await chosen(all)).toEqual({ taken: [], left: ['a-proposed at-launch'] });
  });
});
