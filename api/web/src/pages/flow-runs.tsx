import type { JSX } from 'preact';

import {
  columnFormatter,
  formatDuration,
  formatShare,
  formatTime,
} from '../../../src/format/quantities.ts';
import type { Flow, FlowRun } from '../../../src/http/schemas/flows.ts';
import { type Column, Table } from '../parts/table.tsx';

/** The flow's newest runs, each with what it asked for and needed. */
export function RunTable({ flow }: { readonly flow: Flow }): JSX.Element | null {
  const { runs } = flow;
  if (runs.length === 0) return null;
  return (
    <section class="panel flush" aria-labelledby="runs">
      <header>
        <h2 id="runs">Runs</h2>
      </header>
      <Table label="Runs" rows={runs} columns={columnsOf(runs)} keyOf={({ run }) => run} />
    </section>
  );
}

function columnsOf(runs: readonly FlowRun[]): readonly Column<FlowRun>[] {
  const gibHours = columnFormatter(runs.map((run) => run.requestedGibHours));
  const coreHours = columnFormatter(runs.map((run) => run.requestedCoreHours));
  return [
    { name: 'Run', isName: true, cell: ({ run }) => run },
    { name: 'State', cell: (run) => <RunState run={run} /> },
    {
      name: 'Started (UTC)',
      cell: (run) => <span class="nowrap">{formatTime(run.startedAt)}</span>,
    },
    { name: 'Took', isNumber: true, cell: tookOf },
    { name: 'Attempts', isNumber: true, cell: (run) => run.attempts.toLocaleString('en-US') },
    { name: 'GiB-h requested', isNumber: true, cell: (run) => gibHours(run.requestedGibHours) },
    {
      name: 'needed of it',
      isNumber: true,
      cell: (run) => shareOf(run.neededGibHours, run.requestedGibHours),
    },
    { name: 'core-h requested', isNumber: true, cell: (run) => coreHours(run.requestedCoreHours) },
    {
      name: 'used of it',
      isNumber: true,
      cell: (run) => shareOf(run.usedCoreHours, run.requestedCoreHours),
    },
  ];
}

function tookOf({ startedAt, endedAt }: FlowRun): string {
  return endedAt === undefined ? '' : formatDuration(Date.parse(endedAt) - Date.parse(startedAt));
}

function shareOf(part: number, whole: number): string {
  return whole === 0 ? '–' : formatShare(part / whole);
}

function RunState({ run }: { readonly run: FlowRun }): JSX.Element {
  if (run.running > 0) return <span class="chip running">{run.running} running</span>;
  if (run.oom > 0) return <span class="chip oom">{run.oom} out of memory</span>;
  if (run.failed > 0) return <span class="chip failed">{run.failed} failed</span>;
  return <span class="chip">done</span>;
}
