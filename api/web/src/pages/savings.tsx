import type { JSX } from 'preact';

import { formatMoney } from '../../../src/format/quantities.ts';
import { readInbox } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { FilterBar } from '../parts/filter-bar.tsx';
import { Empty, Load } from '../parts/states.tsx';
import { InboxTable } from './suggestions-table.tsx';

const STATES = ['accepted', 'applied', 'verified'] as const;

/** What became of what was accepted. */
export function SavingsPage({ pulse }: { readonly pulse: number }): JSX.Element {
  const { filters } = useBrowsing();
  const taken = useData(
    `savings ${JSON.stringify(filters)}`,
    async (signal) => {
      const lists = await Promise.all(
        STATES.map(async (state) => readInbox(filters, state, signal)),
      );
      return lists.flatMap(({ items }) => items);
    },
    pulse,
  );
  return (
    <>
      <div class="head">
        <h1>Savings</h1>
        <FilterBar hasTime={false} />
      </div>
      <Load loaded={taken}>
        {(items) =>
          items.length === 0 ? (
            <Empty title="Nothing has been accepted yet">
              <p class="quiet">
                What is accepted is listed here: what it was predicted to free, and what became of
                it.
              </p>
            </Empty>
          ) : (
            <>
              <p>
                Predicted by replay over the last 30 days:{' '}
                <b>{formatMoney(items.reduce((sum, item) => sum + item.costUsd, 0))}</b>
              </p>
              <InboxTable items={items} />
            </>
          )
        }
      </Load>
    </>
  );
}
