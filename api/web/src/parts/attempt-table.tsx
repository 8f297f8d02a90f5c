import type { JSX } from 'preact';

import {
  formatDuration,
  formatMemory,
  formatTime,
  UNKNOWN,
} from '../../../src/format/quantities.ts';
import type { Attempt } from '../../../src/http/schemas/attempts.ts';
import { useBrowsing } from '../browsing.ts';
import { OutcomeChip } from './outcome-chip.tsx';
import { type Column, Table } from './table.tsx';

/** Attempts with what they needed, each leading to its series. */
export function AttemptTable({
  attempts,
  caption,
}: {
  readonly attempts: readonly Attempt[];
  readonly caption: string;
}): JSX.Element | null {
  if (attempts.length === 0) return null;
  return (
    <section class="panel flush" aria-label={caption}>
      <header>
        <h2>{caption}</h2>
      </header>
      <Table
        label={caption}
        rows={attempts}
        columns={COLUMNS}
        keyOf={({ attemptId }) => attemptId}
      />
    </section>
  );
}

/** An attempt by its run and task. */
export function AttemptLink({
  attemptId,
  run,
  task,
  attempt,
}: Pick<Attempt, 'attemptId' | 'run' | 'task' | 'attempt'>): JSX.Element {
  const { address } = useBrowsing();
  return (
    <a href={address({ page: 'attempt', attemptId })}>
      {run} / {task}
      {attempt > 0 && ` #${attempt}`}
    </a>
  );
}

const COLUMNS: readonly Column<Attempt>[] = [
  { name: 'Run / task', isName: true, cell: (row) => <AttemptLink {...row} /> },
  { name: 'Outcome', cell: (row) => <OutcomeChip attempt={row} /> },
  {
    name: 'Started (UTC)',
    cell: (row) => <span class="nowrap">{formatTime(row.startedAt)}</span>,
  },
  { name: 'Ran for', isNumber: true, cell: (row) => durationOf(row.durationMs) },
  { name: 'Requested', isNumber: true, cell: (row) => formatMemory(row.request.memoryMiB) },
  { name: 'Peak', isNumber: true, cell: (row) => formatMemory(row.peakMemoryMiB) },
  { name: 'Peak read from', cell: (row) => row.peakMemorySource ?? UNKNOWN },
  {
    name: 'CPU time',
    isNumber: true,
    cell: ({ cpuSeconds }) => durationOf(cpuSeconds === undefined ? undefined : cpuSeconds * 1000),
  },
];

function durationOf(ms: number | undefined): string {
  return ms === undefined ? UNKNOWN : formatDuration(ms);
}
