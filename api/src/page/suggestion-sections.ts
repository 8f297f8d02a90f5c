import type { CpuReplay, Evidence, MemoryReplay } from '@stepfit/tuner/model/evidence';
import type { SuggestionBody } from '@stepfit/tuner/model/suggestion';

import {
  columnFormatter,
  formatCores,
  formatCount,
  formatDuration,
  formatMemory,
  formatMoney,
  formatTime,
  REPLAY_DIGITS,
} from '../format/quantities.ts';
import {
  describeChange,
  describeMethod,
  describeProof,
  describeRisk,
  describeRunningTime,
  describeSavings,
} from '../format/words.ts';
import { type Html, html } from './html.ts';
import { renderList, renderPageTable } from './layout.ts';

const MS_PER_HOUR = 3_600_000;

/** The change, the line to paste, the proof and the reasons. */
export function renderSuggestion(suggestion: SuggestionBody): Html {
  const change = describeChange(suggestion.effective, suggestion.suggestedEffective);
  const note = suggestion.decoratorNote;
  return html`<h2>Suggestion: ${change}</h2>
    <pre><code>${suggestion.decoratorLine}</code></pre>
    ${note === undefined ? undefined : html`<p>${note}</p>`}
    <p>Proof: ${describeProof(suggestion)}.</p>
    <p>Money: ${describeSavings(suggestion.savings)}.</p>
    ${renderList('Why', suggestion.reasons)}`;
}

/** Everything that a suggestion rests on. */
export function renderEvidence(evidence: Evidence): Html {
  return html`<h2>Evidence</h2>
    <p>
      ${formatCount(evidence.attempts, 'attempt')} in ${formatCount(evidence.runs, 'run')},
      ${formatTime(evidence.firstAttemptAt)} to ${formatTime(evidence.lastAttemptAt)} UTC.
    </p>
    ${renderMemoryReplay(evidence.memoryReplay)} ${renderList('Risk', describeRisk(evidence))}
    ${renderList('By features', describeMethod(evidence))} ${renderCpuReplay(evidence.cpuReplay)}
    ${renderList('GPU', evidence.gpu === undefined ? [] : [evidence.gpu.verdict])}
    ${renderList('Notes', evidence.notes)}`;
}

function renderMemoryReplay(rows: readonly MemoryReplay[]): Html | undefined {
  if (rows.length === 0) return undefined;
  const paid = columnFormatter(
    rows.map((row) => row.paidGibHours),
    REPLAY_DIGITS,
  );
  const wasted = columnFormatter(
    rows.map((row) => row.wastedGibHours),
    REPLAY_DIGITS,
  );
  const table = renderPageTable(
    'What would have happened to these attempts with other requests',
    rows,
    [
      { title: 'Request', cell: (row) => formatMemory(row.memoryMiB) },
      { title: 'Which', cell: (row) => row.label },
      {
        title: 'Out of memory',
        isNumber: true,
        cell: (row) =>
          html`<span class="${row.failures > 0 ? 'bad' : 'good'}"
            >${row.failures} of ${row.attempts}</span
          >`,
      },
      { title: 'GiB-h paid', isNumber: true, cell: (row) => paid(row.paidGibHours) },
      { title: 'GiB-h wasted', isNumber: true, cell: (row) => wasted(row.wastedGibHours) },
      {
        title: 'Retries',
        isNumber: true,
        cell: (row) => formatDuration(row.retryHours * MS_PER_HOUR),
      },
      { title: 'Cost', isNumber: true, cell: (row) => formatMoney(row.costUsd) },
    ],
    (row) => row.label === 'suggested',
  );
  return html`<h2>Memory</h2>
    ${table}`;
}

function renderCpuReplay(rows: readonly CpuReplay[]): Html | undefined {
  if (rows.length === 0) return undefined;
  const paid = columnFormatter(
    rows.map((row) => row.paidCoreHours),
    REPLAY_DIGITS,
  );
  const table = renderPageTable(
    'What other requests would have cost, memory and GPUs included, and slowed',
    rows,
    [
      { title: 'Cores', cell: (row) => formatCores(row.cpuCores) },
      { title: 'Which', cell: (row) => row.label },
      { title: 'Running time', isNumber: true, cell: describeRunningTime },
      { title: 'core-h paid', isNumber: true, cell: (row) => paid(row.paidCoreHours) },
      { title: 'Cost', isNumber: true, cell: (row) => formatMoney(row.costUsd) },
    ],
    (row) => row.label === 'suggested',
  );
  return html`<h2>CPU</h2>
    ${table}`;
}
