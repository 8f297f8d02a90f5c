import type { Ledger, LedgerEntry } from '@stepfit/tuner/model/ledger';
import type { JSX } from 'preact';

import {
  columnFormatter,
  formatAmount,
  formatCores,
  formatMemory,
  formatMoney,
} from '../../../src/format/quantities.ts';
import { readLedger } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { Change } from '../parts/change.tsx';
import { FilterBar } from '../parts/filter-bar.tsx';
import { PriceNote } from '../parts/price-note.tsx';
import { Empty, Load } from '../parts/states.tsx';
import { StepLink } from '../parts/step-link.tsx';
import { type Column, Table } from '../parts/table.tsx';

/** The ledger: what each suggestion was predicted to save, and did. */
export function SavingsPage({ pulse }: { readonly pulse: number }): JSX.Element {
  const { filters, address } = useBrowsing();
  const ledger = useData(
    `ledger ${JSON.stringify(filters)}`,
    (signal) => readLedger(filters, signal),
    pulse,
  );
  return (
    <>
      <div class="head">
        <div>
          <h1>Savings</h1>
          <p class="quiet">Predicted by replay, and what tasks with the new values really saved</p>
        </div>
        <FilterBar only={['project', 'flow']} />
      </div>
      <Load loaded={ledger}>
        {(data) =>
          data.entries.length === 0 ? (
            <Empty title="No task has run with a suggested value yet">
              <p class="quiet">
                What is accepted and applied is followed here, retries charged.{' '}
                <a href={address({ page: 'suggestions' })}>What waits for a decision</a>
              </p>
            </Empty>
          ) : (
            <LedgerTable ledger={data} />
          )
        }
      </Load>
    </>
  );
}

type Saved = LedgerEntry['realised']['costUsd'];

function LedgerTable({ ledger }: { readonly ledger: Ledger }): JSX.Element {
  const { entries, totals, prices } = ledger;
  const { realised } = totals;
  return (
    <>
      <ul class="tiles">
        <Tile label="Saved" amount={formatMoney(realised.costUsd.estimate)}>
          {interval(realised.costUsd, formatMoney)}, {formatMoney(totals.predictedCostUsd)}{' '}
          predicted
        </Tile>
        <Tile label="Memory freed" amount={`${formatAmount(realised.gibHours.estimate)} GiB-h`}>
          {interval(realised.gibHours, formatAmount)}
        </Tile>
        <Tile label="Cores freed" amount={`${formatAmount(realised.coreHours.estimate)} core-h`}>
          {interval(realised.coreHours, formatAmount)}
        </Tile>
        <Tile label="Retries cost" amount={formatMoney(totals.retryCostUsd)}>
          taken off what was saved
        </Tile>
      </ul>
      <section class="panel flush" aria-label="Ledger">
        <Table
          label="Ledger"
          rows={entries}
          columns={columnsOf(entries)}
          keyOf={({ suggestionId }) => suggestionId}
        />
      </section>
      <footer class="foot">
        <PriceNote prices={prices} />
      </footer>
    </>
  );
}

function columnsOf(entries: readonly LedgerEntry[]): readonly Column<LedgerEntry>[] {
  const money = columnFormatter(entries.map((entry) => entry.realised.costUsd.estimate));
  return [
    { name: 'Step', isName: true, cell: (row) => <StepLink flow={row.flow} step={row.step} /> },
    { name: 'State', cell: ({ state }) => <span class={`chip ${state}`}>{state}</span> },
    {
      name: 'Memory',
      cell: ({ from, to }) => (
        <Change from={formatMemory(from.memoryMiB)} to={formatMemory(to.memoryMiB)} />
      ),
    },
    {
      name: 'CPU',
      cell: ({ from, to }) => (
        <Change from={formatCores(from.cpuCores)} to={formatCores(to.cpuCores)} />
      ),
    },
    { name: 'Tasks', isNumber: true, cell: ({ tasks }) => tasks.toLocaleString('en-US') },
    {
      name: 'Out of memory',
      isNumber: true,
      cell: ({ retries }) => <span class={retries > 0 ? 'bad' : ''}>{retries}</span>,
    },
    {
      name: 'Running time',
      isNumber: true,
      cell: ({ slowdownRatio }) => `× ${slowdownRatio.toFixed(2)}`,
    },
    { name: 'USD predicted', isNumber: true, cell: (row) => money(row.predictedCostUsd) },
    {
      name: 'USD saved',
      isNumber: true,
      cell: ({ realised }) => (
        <span title={interval(realised.costUsd, formatMoney)}>
          {money(realised.costUsd.estimate)}
        </span>
      ),
    },
  ];
}

function interval({ low, high }: Saved, format: (value: number) => string): string {
  return `${format(low)} to ${format(high)}, 95 % sure`;
}

function Tile({
  label,
  amount,
  children,
}: {
  readonly label: string;
  readonly amount: string;
  readonly children: JSX.Element | string | readonly (JSX.Element | string)[];
}): JSX.Element {
  return (
    <li>
      <span class="label">{label}</span>
      <b>{amount}</b>
      <span class="quiet small">{children}</span>
    </li>
  );
}
