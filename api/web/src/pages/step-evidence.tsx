import type { MemoryReplay } from '@stepfit/tuner/model/evidence';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import type { JSX } from 'preact';

import {
  columnFormatter,
  formatCount,
  formatDuration,
  formatMemory,
  formatMoney,
  formatTime,
  REPLAY_DIGITS,
} from '../../../src/format/quantities.ts';
import { describeRisk } from '../../../src/format/words.ts';
import { describeSource } from '../memory-sources.ts';
import { Table } from '../parts/table.tsx';

const MS_PER_HOUR = 3_600_000;

/** Everything that a suggestion rests on, in words and numbers. */
export function EvidencePanel({ suggestion }: { readonly suggestion: Suggestion }): JSX.Element {
  const { evidence, reasons } = suggestion;
  return (
    <section class="panel stack" aria-labelledby="evidence">
      <header class="panel-head">
        <h2 id="evidence">Evidence</h2>
        <span class="quiet small">
          {formatCount(evidence.attempts, 'attempt')} in {formatCount(evidence.runs, 'run')},{' '}
          {formatTime(evidence.firstAttemptAt)} to {formatTime(evidence.lastAttemptAt)} UTC
        </span>
      </header>
      <div class="columns">
        <Words title="Why these values" lines={reasons} />
        <Words title="Risk" lines={describeRisk(evidence)} />
        <Words title="Notes" lines={evidence.notes} />
        <Words
          title="Where the peaks were read"
          lines={Object.entries(evidence.peakMemorySources).map(
            ([source, attempts]) =>
              `${formatCount(attempts, 'attempt')}: ${describeSource(source)}`,
          )}
        />
      </div>
      <ReplayTable rows={evidence.memoryReplay} />
    </section>
  );
}

function Words({
  title,
  lines,
}: {
  readonly title: string;
  readonly lines: readonly string[];
}): JSX.Element | null {
  if (lines.length === 0) return null;
  return (
    <div class="prose">
      <h3>{title}</h3>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}

function ReplayTable({ rows }: { readonly rows: readonly MemoryReplay[] }): JSX.Element | null {
  if (rows.length === 0) return null;
  const paid = columnFormatter(
    rows.map((row) => row.paidGibHours),
    REPLAY_DIGITS,
  );
  const wasted = columnFormatter(
    rows.map((row) => row.wastedGibHours),
    REPLAY_DIGITS,
  );
  return (
    <Table
      label="Replay of other requests"
      caption="What would have happened to these attempts with other requests"
      rows={rows}
      keyOf={({ kind, label, memoryMiB }) => `${kind} ${label} ${memoryMiB}`}
      chosen={rows.findIndex(({ label }) => label === 'suggested')}
      columns={[
        { name: 'Memory', cell: (row) => formatMemory(row.memoryMiB) },
        { name: 'Which', cell: (row) => row.label },
        {
          name: 'Out of memory',
          isNumber: true,
          cell: ({ failures, attempts }) => (
            <span class={failures > 0 ? 'bad' : ''}>
              {failures} of {attempts}
            </span>
          ),
        },
        { name: 'GiB-h paid', isNumber: true, cell: (row) => paid(row.paidGibHours) },
        { name: 'GiB-h wasted', isNumber: true, cell: (row) => wasted(row.wastedGibHours) },
        {
          name: 'Retries',
          isNumber: true,
          cell: (row) => formatDuration(row.retryHours * MS_PER_HOUR),
        },
        { name: 'Cost', isNumber: true, cell: (row) => formatMoney(row.costUsd) },
      ]}
    />
  );
}
