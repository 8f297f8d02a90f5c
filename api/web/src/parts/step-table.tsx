import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import {
  columnFormatter,
  formatCores,
  formatCount,
  formatMemory,
  formatShare,
} from '../../../src/format/quantities.ts';
import type { Report, ReportRow } from '../../../src/http/schemas/report.ts';
import { useBrowsing } from '../browsing.ts';
import { useChosen, useKeys } from '../keys.ts';
import { Change } from './change.tsx';
import { StepLink } from './step-link.tsx';
import { type Column, Table } from './table.tsx';
import { Term } from './term.tsx';

/** Rows drawn at first: a page that has to scroll for longer is searched, not read. */
const ROWS_AT_FIRST = 50;
const ROWS_MORE = 150;

/** Steps, worst first by money wasted. */
export function StepTable({ report }: { readonly report: Report }): JSX.Element {
  const { address, go } = useBrowsing();
  const [shown, setShown] = useState(ROWS_AT_FIRST);
  const rows = report.steps.slice(0, shown);
  const chosen = useChosen(rows.length);
  useKeys({
    ...chosen.keys,
    Enter() {
      const row = rows[chosen.index];
      if (row !== undefined) go(address({ page: 'step', flow: row.flow, step: row.step }));
    },
  });
  const hidden = report.steps.length - rows.length;
  return (
    <section class="panel flush" aria-labelledby="steps">
      <header>
        <h2 id="steps">Steps, worst first</h2>
        <span class="quiet small hide-small">
          <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> opens
        </span>
      </header>
      <Table
        label="Steps, worst first"
        rows={rows}
        columns={columnsOf(report)}
        keyOf={({ flow, step }) => `${flow}/${step}`}
        chosen={chosen.index}
      />
      {(hidden > 0 || report.omittedSteps > 0) && (
        <p class="more quiet">
          {hidden > 0 && (
            <button type="button" onClick={() => setShown(shown + ROWS_MORE)}>
              Show {Math.min(ROWS_MORE, hidden)} more
            </button>
          )}
          {report.omittedSteps > 0 && (
            <span>
              {formatCount(report.omittedSteps, 'step')} of less waste not listed: filter by flow to
              see them.
            </span>
          )}
        </p>
      )}
    </section>
  );
}

function columnsOf({ steps }: Report): readonly Column<ReportRow>[] {
  const money = columnFormatter(steps.map((row) => row.wastedCostUsd));
  const gibHours = columnFormatter(steps.map((row) => row.wastedGibHours));
  const coreHours = columnFormatter(steps.map((row) => row.wastedCoreHours));
  const most = Math.max(...steps.map((row) => row.requestedCostUsd), Number.MIN_VALUE);
  return [
    { name: 'Step', isName: true, cell: (row) => <StepLink flow={row.flow} step={row.step} /> },
    { name: 'USD wasted', isNumber: true, cell: (row) => money(row.wastedCostUsd) },
    {
      name: 'bar',
      title: (
        <>
          <Term of="needed" />, <Term of="wasted" />
        </>
      ),
      cell: (row) => <WasteBar row={row} most={most} />,
    },
    {
      name: 'Memory',
      cell: ({ current, suggestion }) => (
        <Change
          from={formatMemory(current.memoryMiB)}
          {...(suggestion && { to: formatMemory(suggestion.suggested.memoryMiB) })}
        />
      ),
    },
    {
      name: 'CPU',
      cell: ({ current, suggestion }) => (
        <Change
          from={formatCores(current.cpuCores)}
          {...(suggestion && { to: formatCores(suggestion.suggested.cpuCores) })}
        />
      ),
    },
    {
      name: 'Peak',
      title: <Term of="peak">Peak</Term>,
      isNumber: true,
      cell: (row) => formatMemory(row.peakMemoryMiB),
    },
    {
      name: 'GiB-h wasted',
      title: (
        <>
          <Term of="GiB-h" /> wasted
        </>
      ),
      isNumber: true,
      cell: (row) => gibHours(row.wastedGibHours),
    },
    {
      name: 'core-h wasted',
      title: (
        <>
          <Term of="core-h" /> wasted
        </>
      ),
      isNumber: true,
      cell: (row) => coreHours(row.wastedCoreHours),
    },
    { name: 'Attempts', isNumber: true, cell: (row) => row.attempts.toLocaleString('en-US') },
    { name: 'Verdict', cell: (row) => <Verdict row={row} /> },
  ];
}

/** As long as its cost among all steps', divided into what was needed of it and what was not. */
function WasteBar({
  row,
  most,
}: {
  readonly row: ReportRow;
  readonly most: number;
}): JSX.Element | null {
  if (row.requestedCostUsd === 0) return null;
  const share = Math.min(1, row.wastedCostUsd / row.requestedCostUsd);
  const length = (row.requestedCostUsd / most) * 100;
  const label = `${formatShare(share)} of its cost is wasted`;
  return (
    <span class="bar" role="img" aria-label={label} title={label}>
      <i class="fill-used" style={{ width: `${length * (1 - share)}%` }} />
      <i class="fill-wasted" style={{ width: `${length * share}%` }} />
    </span>
  );
}

/** The tuner's last word in a chip; why, where there is no suggestion, is in its title. */
function Verdict({ row }: { readonly row: ReportRow }): JSX.Element {
  if (row.suggestion !== undefined) {
    return <span class={`chip ${row.suggestion.state}`}>{row.suggestion.state}</span>;
  }
  return (
    <span class="chip" title={row.skip?.detail ?? 'The tuner has not looked at it yet.'}>
      {row.skip?.code.replaceAll('-', ' ') ?? 'pending'}
    </span>
  );
}
