import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { findSuggestion, listSuggestions } from '@stepfit/tuner/suggestion/suggestion-repository';
import { tuneDueSteps } from '@stepfit/tuner/tuner-worker';
import { beforeEach, describe, expect, it } from 'vitest';

import { emptyStore, onEachStore } from '../../support/database.ts';
import { silentLog } from '../../support/silent-log.ts';
import { addAttempts, KEY, NOW, runs } from '../support/rows.ts';

const { project } = KEY;

describe('the suggestion repository', () => {
  onEachStore((store) => {
    beforeEach(async () => {
      await emptyStore(store());
      await addAttempts(
        store(),
        ['a', 'b', 'c', 'd', 'e'].flatMap((step) => runs(6, { step })),
      );
      await tuneDueSteps({
        store: store(),
        clock: () => NOW,
        log: silentLog,
        prices: EXAMPLE_PRICES,
      });
    });

    it('finds a suggestion by its id in its own project only', async () => {
      const [listed] = await listSuggestions(store().db, { project, limit: 1 });
      const suggestionId = listed?.suggestionId ?? '';

      expect(await findSuggestion(store().db, { project, suggestionId })).toEqual(listed);
      expect(await findSuggestion(store().db, { project: 'other', suggestionId })).toBeUndefined();
    });

    it('lists in pages that neither skip nor repeat, even of one moment', async () => {
      const all = await listSuggestions(store().db, { project, limit: 10 });
      const seen: string[] = [];
      let page = await listSuggestions(store().db, { project, limit: 2 });
      for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
        seen.push(...page.map(({ suggestionId }) => suggestionId));
        page = await listSuggestions(store().db, { project, limit: 2, after: last });
      }

      expect(all).toHaveLength(5);
      expect(seen).toEqual(all.map(({ suggestionId }) => suggestionId));
    });

    it('filters by flow, step and state', async () => {
      async function stepsOf(
        filter: Partial<Parameters<typeof listSuggestions>[1]>,
      ): Promise<string[]> {
        const found = await listSuggestions(store().db, { project, limit: 10, ...filter });
        return found.map(({ step }) => step).toSorted();
      }

      expect(await stepsOf({ step: 'c' })).toEqual(['c']);
      expect(await stepsOf({ flow: KEY.flow, state: 'proposed' })).toEqual([
        'a',
        'b',
        'c',
        'd',
        'e',
      ]);
      expect(await stepsOf({ flow: 'Other' })).toEqual([]);
      expect(await stepsOf({ state: 'superseded' })).toEqual([]);
    });
  });
});
