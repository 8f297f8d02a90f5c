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
  UNKNOWN,
} from '../format/quantities.ts';
import {
  describeChange,
  describeMethod,
  describeProof,
  describeResources,
  describeRisk,
  describeRunningTime,
  describeSavings,
  PENDING_WORDS,
} from '../format/words.ts';
import type { Attempt } from '../http/schemas/attempts.ts';
import type { StepExplanation } from '../http/schemas/steps.ts';
import { type Html, html } from './html.ts';
import { renderDocument, renderList, renderPageTable } from './layout.ts';
import { renderPeakStrip } from './peak-strip.ts';

const MS_PER_HOUR = 3_600_000;

/** One step: what to change, the proof, and the attempts behind it. */
export function renderStepPage(project: string, explanation: StepExplanation): string {
  const { flow, step, suggestion, current, recentAttempts } = explanation;
  const peaksMiB = recentAttempts
    .map((attempt) => attempt.peakMemoryMiB)
    .filter((peak) => peak !== undefined);
  const currentMiB = current.memoryMiB;
  const suggestedMiB = suggestion?.suggestedEffective.memoryMiB;
  const strip = renderPeakStrip({
    peaksMiB,
    ...(currentMiB !== undefined && { currentMiB }),
    ...(suggestedMiB !== undefined && { suggestedMiB }),
  });
  const data = `/api/v1/flows/${encodeURIComponent(flow)}/steps/${encodeURIComponent(step)}?${new URLSearchParams({ project }).toString()}`;
  const content = html`<h1>${flow}/${step}</h1>
    <p class="quiet">
      Asks for ${describeResources(current)} ·
      ${formatCount(explanation.settledAttempts, 'attempt')} seen
    </p>
    ${suggestion === undefined ? renderSkip(explanation) : renderSuggestion(suggestion)}
    ${
      strip === undefined
        ? undefined
        : html`<h2>Memory of the newest attempts</h2>
            ${strip}`
    }
    ${suggestion === undefined ? undefined : renderEvidence(suggestion.evidence)}
    ${renderAttempts(project, recentAttempts)}
    <footer>
      <p>Money is by ${explanation.prices.name}. The same as data: <a href="${data}">${data}</a></p>
    </footer>`;
  return renderDocument(`${flow}/${step}`, content);
}

function renderSkip({ skip }: StepExplanation): Html {
  return html`<h2>No change</h2>
    <p>${skip?.detail ?? PENDING_WORDS}</p>
    <p class="quiet">${skip?.code ?? 'pending'}</p>`;
}

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

function renderAttempts(project: string, attempts: readonly Attempt[]): Html | undefined {
  if (attempts.length === 0) return undefined;
  const parameters = new URLSearchParams({ project }).toString();
  const table = renderPageTable('Running ones first, then newest first', attempts, [
    {
      title: 'Run / task',
      cell: (row) =>
        html`<a href="/api/v1/attempts/${encodeURIComponent(row.attemptId)}?${parameters}"
          >${row.run} / ${row.task}${row.attempt === 0 ? '' : ` #${row.attempt}`}</a
        >`,
    },
    { title: 'Started (UTC)', cell: (row) => formatTime(row.startedAt) },
    { title: 'Outcome', cell: renderOutcome },
    {
      title: 'Time',
      isNumber: true,
      cell: (row) => (row.durationMs === undefined ? UNKNOWN : formatDuration(row.durationMs)),
    },
    { title: 'Peak', isNumber: true, cell: (row) => formatMemory(row.peakMemoryMiB) },
    { title: 'Peak read from', cell: (row) => row.peakMemorySource ?? UNKNOWN },
    {
      title: 'CPU time',
      isNumber: true,
      cell: (row) =>
        row.cpuSeconds === undefined ? UNKNOWN : formatDuration(row.cpuSeconds * 1000),
    },
  ]);
  return html`<h2>Newest attempts</h2>
    ${table}`;
}

function renderOutcome({ outcome, outcomeEvidence }: Attempt): Html {
  const isFine = outcome === undefined || outcome === 'succeeded' || outcome === 'cached';
  return html`<span class="${isFine ? 'quiet' : 'bad'}" title="${outcomeEvidence ?? ''}"
    >${outcome ?? 'running'}</span
  >`;
}
