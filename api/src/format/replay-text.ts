import { type FreedByStep, freedBySteps, OWN } from '../replay/freed-by-step.ts';
import type {
  ComparisonReport,
  ReplayedFile,
  ReplayReport,
  StepVerdictReport,
  StrategyReport,
} from '../replay/replay-report.ts';
import { renderProof } from './explain-text.ts';
import {
  columnFormatter,
  formatCount,
  formatDuration,
  formatShare,
  formatTime,
  REPLAY_DIGITS,
} from './quantities.ts';
import type { TextOptions } from './report-text.ts';
import { printable } from './style.ts';
import { renderVerdict } from './suggestion-text.ts';
import { renderTable } from './text-table.ts';
import { wrapText } from './wrap-text.ts';

const MS_PER_HOUR = 3_600_000;
/** Steps listed by what the product's method would have freed. */
const STEPS_SHOWN = 10;

/** What a replay found: the files, the tuner's word on exported steps, a table for each protocol, the steps. */
export function renderReplay(report: ReplayReport, options: TextOptions): string {
  const sections = [
    report.files.map((file) => renderFile(file, options)).join('\n'),
    ...report.verdicts.flatMap((verdict) => renderStepVerdict(verdict, options)),
    ...report.comparisons.map((comparison) => renderComparison(comparison, options)),
    renderSteps(report.comparisons, options),
    renderGlossary(report, options),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/** What was read of a file, and what was not, by line. */
export function describeFile(file: ReplayedFile): string[] {
  const { rows, tasks, steps, refused, undeclared, unfinished } = file;
  const lines = [
    `${formatCount(rows, 'row')}, ${formatCount(tasks, 'task')} of ${formatCount(steps, 'step')}`,
  ];
  if (refused > 0) lines.push(`${formatCount(refused, 'row')} refused:`);
  for (const { reason, count, examples } of file.refusals) {
    const where = examples
      .map(({ line, name, found }) => {
        const said = found === undefined ? '' : `: "${found}"`;
        return `line ${line}${name === '' ? '' : ` (${name})`}${said}`;
      })
      .join(', ');
    lines.push(`- ${count} × ${reason}: ${where}${count > examples.length ? ', …' : ''}`);
  }
  if (unfinished > 0) {
    lines.push(
      `${formatCount(unfinished, 'attempt')} did not run to ${unfinished === 1 ? 'its' : 'their'} end: not compared`,
    );
  }
  if (undeclared > 0) {
    lines.push(
      `${formatCount(undeclared, 'task')} without a request: the next power of two above the step’s largest need stands in; --request gives yours`,
    );
  }
  return lines;
}

function renderFile(file: ReplayedFile, options: TextOptions): string {
  const [summary = '', ...more] = describeFile(file).map(printable);
  const lines = more.flatMap((line) => wrapText(line, options.width - 2, '  '));
  return [
    `${options.style.strong(printable(file.path))}  ${summary}`,
    ...lines.map((line) => `  ${line}`),
  ].join('\n');
}

function renderStepVerdict(report: StepVerdictReport, options: TextOptions): string[] {
  const { flow, step, verdict } = report;
  if (verdict.kind === 'skip') {
    const { code, detail } = verdict;
    return [
      renderVerdict({ flow, step, skip: { code, detail } }, options),
      renderReproduction(report, options),
    ].filter((section) => section !== '');
  }
  return [
    renderVerdict({ flow, step, suggestion: verdict }, options),
    renderReproduction(report, options),
    ...renderProof(verdict, options),
  ].filter((section) => section !== '');
}

/** Whether this is what the tuner had come to; empty where the export does not say. */
export function describeReproduction({ reproduction }: StepVerdictReport): string {
  if (reproduction === undefined) return '';
  const { isExact, isPending, verdictId, at } = reproduction;
  const stored = `the tuner's verdict ${verdictId.slice(0, SHOWN_DIGITS)} of ${formatTime(at)} UTC`;
  if (isExact) return `reproduced exactly: ${stored}`;
  return isPending
    ? `not ${stored}: attempts or a policy have come since, and the tuner was about to look again`
    : `not ${stored}: the export was changed, or another version of StepFit made one of the two`;
}

/** Enough to tell the verdicts of a project apart at sight; --json has all. */
const SHOWN_DIGITS = 12;

function renderReproduction(report: StepVerdictReport, { style, width }: TextOptions): string {
  const lines = wrapText(describeReproduction(report), width);
  const paint = report.reproduction?.isExact === true ? style.good : style.bad;
  return lines.map(paint).join('\n');
}

function renderComparison(
  { protocol, words, strategies, tasks }: ComparisonReport,
  options: TextOptions,
): string {
  const { style } = options;
  const gibHours = columnFormatter(
    strategies.map((row) => row.wastedGibHours),
    REPLAY_DIGITS,
  );
  const table = renderTable<StrategyReport>(
    strategies,
    [
      {
        title: 'STRATEGY',
        align: 'left',
        cell: (row) => row.name,
        paint: (text, row) => (row.name.startsWith(OWN) ? style.strong(text) : text),
      },
      { title: 'WASTED GiB-h', align: 'right', cell: (row) => gibHours(row.wastedGibHours) },
      {
        title: 'TOO MUCH',
        align: 'right',
        cell: (row) => gibHours(row.overGibHours),
        dropOrder: 1,
      },
      {
        title: 'TOO LITTLE',
        align: 'right',
        cell: (row) => gibHours(row.underGibHours),
        dropOrder: 1,
      },
      { title: 'FAILURES', align: 'right', cell: (row) => String(row.failures) },
      {
        title: 'FIRST ATTEMPT',
        align: 'right',
        cell: (row) => `${formatShare(row.tasks === 0 ? 0 : row.firstFailures / row.tasks)} failed`,
      },
      {
        title: 'ADDED TIME',
        align: 'right',
        cell: (row) => formatDuration(row.addedHours * MS_PER_HOUR),
        dropOrder: 2,
      },
    ],
    options,
  );
  const title = `${protocol.toUpperCase()}  ${formatCount(tasks, 'task')}; ${words}`;
  return [...wrapText(title, options.width, '  ').map(style.strong), ...table].join('\n');
}

/** Where the waste was, and what would be left of it. */
function renderSteps(comparisons: readonly ComparisonReport[], options: TextOptions): string {
  const comparison = comparisons.find(({ protocol }) => protocol === 'online') ?? comparisons[0];
  const rows = comparison === undefined ? [] : freedBySteps(comparison);
  if (comparison === undefined || rows.length < 2) return '';
  const shown = rows.slice(0, STEPS_SHOWN);
  const gibHours = columnFormatter(
    shown.map((row) => row.declaredGibHours),
    REPLAY_DIGITS,
  );
  const { style } = options;
  const title = `STEPS  where ${OWN} frees most (${comparison.protocol})`;
  const table = renderTable<FreedByStep>(
    shown,
    [
      { title: 'STEP', align: 'left', cell: (row) => row.name, shrinkTo: 24 },
      { title: 'TASKS', align: 'right', cell: (row) => String(row.tasks) },
      {
        title: 'WASTED AS DECLARED',
        align: 'right',
        cell: (row) => gibHours(row.declaredGibHours),
      },
      {
        title: `BY ${OWN.toUpperCase()}`,
        align: 'right',
        cell: (row) => gibHours(row.ownGibHours),
      },
      { title: 'FAILURES', align: 'right', cell: (row) => String(row.failures) },
    ],
    options,
  );
  const more = rows.length - shown.length;
  const rest =
    more > 0 ? [style.faint(`${formatCount(more, 'more step')} not listed; --json has all`)] : [];
  return [style.strong(title), ...table, ...rest].join('\n');
}

function renderGlossary({ comparisons }: ReplayReport, { width, style }: TextOptions): string {
  const strategies = comparisons[0]?.strategies ?? [];
  const lines = strategies.map(({ name, words }) => `${name}: ${words}`);
  return wrapText(`${lines.join('. ')}. A failed attempt counts for its whole running time.`, width)
    .map(style.faint)
    .join('\n');
}
