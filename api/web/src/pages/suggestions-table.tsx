import type { JSX } from 'preact';

import {
  columnFormatter,
  formatBound,
  formatCores,
  formatMemory,
  formatShare,
  formatTime,
} from '../../../src/format/quantities.ts';
import type { InboxItem } from '../../../src/http/schemas/inbox.ts';
import { Change } from '../parts/change.tsx';
import { StepLink } from '../parts/step-link.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Term } from '../parts/term.tsx';

/** Which suggestions are marked, to be decided on together. */
export interface Marks {
  readonly ids: ReadonlySet<string>;
  readonly toggle: (item: InboxItem) => void;
  readonly toggleAll: () => void;
}

/** Suggestions in a line each: what changes, what it frees, what the proof is. */
export function InboxTable({
  items,
  chosen = -1,
  onHistory,
  marks,
}: {
  readonly items: readonly InboxItem[];
  readonly chosen?: number;
  readonly onHistory: (item: InboxItem) => void;
  /** Absent where nothing is to be decided. */
  readonly marks?: Marks;
}): JSX.Element {
  return (
    <section class="panel flush" aria-label="Suggestions">
      <Table
        label="Suggestions"
        rows={items}
        columns={[
          ...(marks === undefined ? [] : [markColumn(items, marks)]),
          ...columnsOf(items),
          historyColumn(onHistory),
        ]}
        keyOf={({ suggestionId }) => suggestionId}
        chosen={chosen}
      />
    </section>
  );
}

function markColumn(
  items: readonly InboxItem[],
  { ids, toggle, toggleAll }: Marks,
): Column<InboxItem> {
  return {
    name: 'mark',
    title: (
      <input
        type="checkbox"
        aria-label="Mark all"
        checked={ids.size === items.length}
        onChange={toggleAll}
      />
    ),
    cell: (item) => (
      <input
        type="checkbox"
        aria-label={`Mark ${item.flow}/${item.step}`}
        checked={ids.has(item.suggestionId)}
        onChange={() => toggle(item)}
      />
    ),
  };
}

function columnsOf(items: readonly InboxItem[]): readonly Column<InboxItem>[] {
  const money = columnFormatter(items.map((item) => item.costUsd));
  return [
    {
      name: 'Step',
      isName: true,
      cell: ({ flow, step, staleReason }) => (
        <>
          <StepLink flow={flow} step={step} />
          {staleReason !== undefined && <span class="small bad">{staleReason}</span>}
        </>
      ),
    },
    { name: 'USD freed, 30 d', isNumber: true, cell: (item) => money(item.costUsd) },
    { name: 'of its cost', isNumber: true, cell: (item) => formatShare(item.savings.costShare) },
    {
      name: 'Memory',
      cell: ({ effective, suggested }) => (
        <Change from={formatMemory(effective.memoryMiB)} to={formatMemory(suggested.memoryMiB)} />
      ),
    },
    {
      name: 'CPU',
      cell: ({ effective, suggested }) => (
        <Change from={formatCores(effective.cpuCores)} to={formatCores(suggested.cpuCores)} />
      ),
    },
    ...(items.some(({ effective }) => effective.gpuCount !== undefined) ? [gpuColumn] : []),
    {
      name: 'Out of memory',
      title: <Term of="k of n">Out of memory</Term>,
      isNumber: true,
      cell: ({ failures, attempts }) =>
        attempts === undefined ? (
          '–'
        ) : (
          <span class={(failures ?? 0) > 0 ? 'bad' : ''}>
            {failures} of {attempts}
          </span>
        ),
    },
    {
      name: 'next',
      title: (
        <>
          next, <Term of="at most" />
        </>
      ),
      isNumber: true,
      cell: ({ upperBound }) => (upperBound === undefined ? '–' : formatBound(upperBound)),
    },
    {
      name: 'Since (UTC)',
      cell: ({ createdAt, snoozedUntil }) => (
        <span class="nowrap">
          {formatTime(createdAt)}
          {snoozedUntil !== undefined && (
            <span class="small quiet under">until {formatTime(snoozedUntil)}</span>
          )}
        </span>
      ),
    },
  ];
}

function historyColumn(onHistory: (item: InboxItem) => void): Column<InboxItem> {
  return {
    name: 'history',
    title: <span class="visually-hidden">History</span>,
    cell: (item) => (
      <button
        type="button"
        class="link"
        aria-label={`History of ${item.flow}/${item.step}`}
        onClick={() => onHistory(item)}
      >
        history
      </button>
    ),
  };
}

const gpuColumn: Column<InboxItem> = {
  name: 'GPU',
  cell: ({ effective, suggested }) => (
    <Change from={formatCores(effective.gpuCount)} to={formatCores(suggested.gpuCount)} />
  ),
};
