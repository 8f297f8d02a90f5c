import { formatCount, formatMoney, formatShare } from '../../format/quantities.ts';
import { printable } from '../../format/style.ts';
import type { ComparedFigure, Comparison } from '../../http/schemas/comparison.ts';
import type { CheckedFlow, CiReport, Finding } from '../ci-report.ts';
import { describePower, figureWords, formatFigure, formatGrowth } from '../ci-words.ts';

/** By this line a comment is found again and updated in place. Nobody sees it. */
export const COMMENT_MARKER = '<!-- stepfit:ci -->';

/** The comment for a pull request: what grew first, then every flow, folded. */
export function renderMarkdown(report: CiReport): string {
  const { findings, flows, sides } = report;
  const grown = findings.filter(({ kind }) => kind === 'regression');
  const wasteful = findings.filter(({ kind }) => kind === 'waste');
  const title =
    grown.length > 0
      ? `### StepFit: ${formatCount(new Set(grown.map(({ flow, step }) => `${flow}/${step}`)).size, 'step')} got hungrier`
      : '### StepFit: no step got hungrier';
  return [
    COMMENT_MARKER,
    title,
    '',
    ...(sides === undefined
      ? []
      : [`Runs of ${code(sides.head)} against runs of ${code(sides.base)}.`, '']),
    ...list(grown),
    ...(wasteful.length === 0 ? [] : ['**Asked for and not needed**', '']),
    ...list(wasteful),
    ...flows.flatMap(renderFlow),
    'How this is measured and what fails a build: `docs/ci.md` of StepFit.',
  ].join('\n');
}

function renderFlow({ flow, comparison, rows }: CheckedFlow): string[] {
  if (comparison === undefined && rows.length === 0) {
    return [`<details><summary>${escape(flow)}: never measured</summary></details>`, ''];
  }
  const heading =
    comparison === undefined
      ? escape(flow)
      : `${escape(flow)}: ${formatCount(comparison.headRuns.length, 'run')} against ${comparison.baseRuns.length} of the base`;
  return [
    `<details><summary>${heading}</summary>`,
    '',
    ...(comparison === undefined ? [] : comparisonTable(comparison)),
    ...wasteTable(rows),
    '</details>',
    '',
  ];
}

function comparisonTable({ headRuns, steps }: Comparison): string[] {
  if (headRuns.length === 0) return ['Not run on this branch.', ''];
  return [
    '| step | figure | base | branch | change | |',
    '| --- | --- | ---: | ---: | ---: | --- |',
    ...steps.flatMap(({ step, figures }) => figures.map((figure) => comparedRow(step, figure))),
    '',
  ];
}

function comparedRow(step: string, compared: ComparedFigure): string {
  const { figure, baseMedian, headMedian, verdict } = compared;
  const change = formatGrowth(compared);
  return row([
    escape(step),
    figureWords(figure),
    formatFigure(figure, baseMedian),
    formatFigure(figure, headMedian),
    verdict === 'grew' ? `**${change}**` : change,
    describePower(compared),
  ]);
}

function wasteTable(rows: CheckedFlow['rows']): string[] {
  const paid = rows.filter(({ requestedCostUsd }) => requestedCostUsd > 0);
  if (paid.length === 0) return [];
  return [
    '| step | asked for | not needed | suggested |',
    '| --- | ---: | ---: | --- |',
    ...paid.map((one) =>
      row([
        escape(one.step),
        formatMoney(one.requestedCostUsd),
        formatShare(one.wastedCostUsd / one.requestedCostUsd),
        suggestedCell(one),
      ]),
    ),
    '',
  ];
}

function suggestedCell({ suggestion }: CheckedFlow['rows'][number]): string {
  if (suggestion === undefined) return '';
  return suggestion.isByFeatures ? 'each task by its features' : code(suggestion.decoratorLine);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function list(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  const items = findings.map(({ message, decoratorLine }) => {
    // As code, so that it can be copied as it is.
    const suggested = decoratorLine === undefined ? '' : ` Suggested: ${code(decoratorLine)}`;
    return `- ${escape(message)}${suggested}`;
  });
  return [...items, ''];
}

/** Text that came over the network is text, not markup. */
export function escape(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/([\\`*_[\]|#~])/g, '\\$1')
    .replaceAll('@', '@\u{200b}');
}

export function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${printable(text).replaceAll('|', '\\|')}${fence}`;
}
