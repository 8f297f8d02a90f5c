import type { CpuReplay, Evidence, MemoryReplay } from '@stepfit/tuner/model/evidence';
import type { SuggestionBody } from '@stepfit/tuner/model/suggestion';

import type { Attempt } from '../http/schemas/attempts.ts';
import type { StepExplanation } from '../http/schemas/steps.ts';
import {
  columnFormatter,
  formatAmount,
  formatCores,
  formatCount,
  formatDuration,
  formatMemory,
  formatMoney,
  formatShare,
  formatTime,
  REPLAY_DIGITS,
  UNKNOWN,
} from './quantities.ts';
import type { TextOptions } from './report-text.ts';
import { printable } from './style.ts';
import { renderNotes, renderVerdict } from './suggestion-text.ts';
import { renderTable } from './text-table.ts';
import { describeMethod, describeResources, describeRisk, describeRunningTime } from './words.ts';
import { wrapText } from './wrap-text.ts';

/** The tuner’s word on one step with all of its proof. */
export function renderExplanation(explanation: StepExplanation, options: TextOptions): string {
  const { suggestion } = explanation;
  const sections = [
    renderVerdict(explanation, options),
    ...renderNotes([explanation], options),
    `${options.style.faint('asks for now')}  ${describeResources(explanation.current)}`,
    ...(suggestion === undefined ? [] : renderProof(suggestion, options)),
    renderAttempts(explanation.recentAttempts, options),
    renderFooter(explanation, options),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/** Why a suggestion is made and what it rests on, a section each; empty ones have nothing to say. */
export function renderProof(
  { reasons, evidence }: SuggestionBody,
  options: TextOptions,
): readonly string[] {
  return [
    bullets('WHY', reasons, options),
    renderBasis(evidence, options),
    renderMemoryReplay(evidence.memoryReplay, options),
    bullets('RISK', describeRisk(evidence), options),
    bullets('BY FEATURES', describeMethod(evidence), options),
    renderCpuReplay(evidence.cpuReplay, options),
    renderLargest(evidence, options),
    evidence.gpu === undefined ? '' : bullets('GPU', [evidence.gpu.verdict], options),
    bullets('NOTES', evidence.notes, options),
  ];
}

function renderBasis(evidence: Evidence, options: TextOptions): string {
  const lines = [
    `${formatCount(evidence.attempts, 'attempt')} in ${formatCount(evidence.runs, 'run')}, ${formatTime(evidence.firstAttemptAt)} to ${formatTime(evidence.lastAttemptAt)} UTC`,
  ];
  const peak = evidence.peakMemoryMiB;
  if (peak !== undefined) {
    const sources = Object.entries(evidence.peakMemorySources)
      .map(([source, attempts]) => `${source} ${attempts}`)
      .join(', ');
    lines.push(
      `peak memory: ${formatMemory(peak.min)} least, ${formatMemory(peak.median)} median, ${formatMemory(peak.p95)} p95, ${formatMemory(peak.max)} most`,
      `peaks read from: ${sources}`,
    );
  }
  return bullets('EVIDENCE', lines, options);
}

function renderMemoryReplay(rows: readonly MemoryReplay[], options: TextOptions): string {
  if (rows.length === 0) return '';
  const paid = columnFormatter(
    rows.map((row) => row.paidGibHours),
    REPLAY_DIGITS,
  );
  const wasted = columnFormatter(
    rows.map((row) => row.wastedGibHours),
    REPLAY_DIGITS,
  );
  const { style } = options;
  return section(
    'MEMORY  what would have happened to these attempts',
    renderTable(
      rows,
      [
        {
          title: 'REQUEST',
          align: 'right',
          cell: (row) => formatMemory(row.memoryMiB),
          paint: (text, row) => (row.label === 'suggested' ? style.strong(text) : text),
        },
        { title: 'WHICH', align: 'left', cell: (row) => row.label },
        {
          title: 'OUT OF MEMORY',
          align: 'right',
          cell: (row) => `${row.failures} of ${row.attempts}`,
          paint: (text, row) => (row.failures > 0 ? style.bad(text) : style.good(text)),
        },
        { title: 'PAID GiB-h', align: 'right', cell: (row) => paid(row.paidGibHours) },
        { title: 'WASTED GiB-h', align: 'right', cell: (row) => wasted(row.wastedGibHours) },
        {
          title: 'RETRIES',
          align: 'right',
          cell: (row) => formatDuration(row.retryHours * 3_600_000),
          dropOrder: 1,
        },
        { title: 'COST', align: 'right', cell: (row) => formatMoney(row.costUsd) },
      ],
      options,
    ),
    options,
  );
}

function renderCpuReplay(rows: readonly CpuReplay[], options: TextOptions): string {
  if (rows.length === 0) return '';
  const paid = columnFormatter(
    rows.map((row) => row.paidCoreHours),
    REPLAY_DIGITS,
  );
  const { style } = options;
  return section(
    'CPU  what other requests would have cost, memory and GPUs included, and slowed',
    renderTable(
      rows,
      [
        {
          title: 'CORES',
          align: 'right',
          cell: (row) => formatCores(row.cpuCores),
          paint: (text, row) => (row.label === 'suggested' ? style.strong(text) : text),
        },
        { title: 'WHICH', align: 'left', cell: (row) => row.label },
        {
          title: 'RUNNING TIME',
          align: 'right',
          cell: describeRunningTime,
        },
        { title: 'PAID core-h', align: 'right', cell: (row) => paid(row.paidCoreHours) },
        { title: 'COST', align: 'right', cell: (row) => formatMoney(row.costUsd) },
      ],
      options,
    ),
    options,
  );
}

function renderLargest(evidence: Evidence, options: TextOptions): string {
  return bullets(
    'LARGEST ATTEMPTS',
    evidence.largest.map(
      ({ run, task, attempt, peakMemoryMiB }) =>
        `${formatMemory(peakMemoryMiB)}  run ${run}, task ${task}, attempt ${attempt}`,
    ),
    options,
  );
}

function renderAttempts(attempts: readonly Attempt[], options: TextOptions): string {
  if (attempts.length === 0) return '';
  const { style } = options;
  return section(
    'NEWEST ATTEMPTS',
    renderTable(
      attempts,
      [
        { title: 'STARTED (UTC)', align: 'left', cell: (row) => formatTime(row.startedAt) },
        {
          title: 'RUN/TASK',
          align: 'left',
          cell: (row) => `${row.run}/${row.task}${row.attempt === 0 ? '' : ` #${row.attempt}`}`,
          shrinkTo: 12,
        },
        {
          title: 'OUTCOME',
          align: 'left',
          cell: (row) => row.outcome ?? 'running',
          paint: (text, row) =>
            row.outcome === undefined || row.outcome === 'succeeded' ? text : style.bad(text),
        },
        {
          title: 'TIME',
          align: 'right',
          cell: (row) => (row.durationMs === undefined ? UNKNOWN : formatDuration(row.durationMs)),
        },
        { title: 'PEAK', align: 'right', cell: (row) => formatMemory(row.peakMemoryMiB) },
        { title: 'SOURCE', align: 'left', cell: (row) => row.peakMemorySource ?? '', dropOrder: 1 },
        {
          title: 'CORES',
          align: 'right',
          cell: (row) => formatCores(meanCores(row)),
        },
      ],
      options,
    ),
    options,
  );
}

function meanCores({ cpuSeconds, durationMs }: Attempt): number | undefined {
  return cpuSeconds === undefined || durationMs === undefined || durationMs === 0
    ? undefined
    : (cpuSeconds / durationMs) * 1000;
}

function renderFooter({ policy, prices }: StepExplanation, { style, width }: TextOptions): string {
  const words = [
    `policy: ${policy.strategy} over the newest ${policy.historyAttempts} attempts`,
    `at least ${policy.minAttempts}`,
    `risk ${formatShare(policy.riskRatio)}`,
    `tolerance ${formatShare(policy.toleranceRatio)}`,
    `stretch ${formatShare(policy.cpuStretchRatio)}`,
    `at least ${formatMemory(policy.memoryFloorMiB)} and ${formatAmount(policy.cpuFloorCores)} cpu`,
    `money by ${prices.name}`,
  ];
  return wrapText(words.join(', '), width).map(style.faint).join('\n');
}

function section(title: string, lines: readonly string[], { style }: TextOptions): string {
  return [style.strong(title), ...lines].join('\n');
}

function bullets(title: string, items: readonly string[], options: TextOptions): string {
  if (items.length === 0) return '';
  const lines = items.flatMap((item) => wrapText(`- ${printable(item)}`, options.width, '  '));
  return section(title, lines, options);
}
