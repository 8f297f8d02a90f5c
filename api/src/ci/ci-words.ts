import type { Figure } from '@stepfit/tuner/compare-usage/compare-usage';

import {
  formatAmount,
  formatCount,
  formatMemory,
  formatMoney,
  formatShare,
  UNKNOWN,
} from '../format/quantities.ts';
import type { ComparedFigure } from '../http/schemas/comparison.ts';
import type { ReportRow } from '../http/schemas/report.ts';
import type { Finding } from './ci-report.ts';

const FIGURE_WORDS: Readonly<Record<Figure, string>> = {
  peakMemoryMiB: 'peak memory',
  cpuSeconds: 'CPU time',
  gibHours: 'memory held',
  costUsd: 'cost',
};

export function figureWords(figure: Figure): string {
  return FIGURE_WORDS[figure];
}

/** A figure with its unit: `1.2 GiB`, `84 s`, `0.5 GiB-h`, `$0.02`. */
export function formatFigure(figure: Figure, value: number | undefined): string {
  if (value === undefined) return UNKNOWN;
  switch (figure) {
    case 'peakMemoryMiB':
      return formatMemory(value);
    case 'cpuSeconds':
      return `${formatAmount(value)} s`;
    case 'gibHours':
      return `${formatAmount(value)} GiB-h`;
    case 'costUsd':
      return formatMoney(value);
  }
}

/** `+42 %`, from the middles of both sides; nothing where one is missing. */
export function formatGrowth({ baseMedian, headMedian }: ComparedFigure): string {
  if (baseMedian === undefined || headMedian === undefined || baseMedian === 0) return UNKNOWN;
  const ratio = headMedian / baseMedian - 1;
  return `${ratio > 0 ? '+' : ''}${formatShare(ratio)}`;
}

/** What can be said of a figure: that it changed, or how much growth would have shown. */
export function describePower(compared: ComparedFigure): string {
  const { verdict, power, headRuns, baseRuns } = compared;
  if (verdict === 'grew' || verdict === 'shrank') return verdict;
  if (baseRuns === 0) return 'new';
  if (headRuns === 0) return 'not run here';
  if (verdict === 'same' && power.seesRatio !== undefined) {
    return `same (would show ${formatShare(power.seesRatio)})`;
  }
  if (power.moreRuns !== undefined && power.moreRuns > 0) {
    return `needs ${formatCount(power.moreRuns, 'more run')} to see ${formatShare(SEE_RATIO)}`;
  }
  return power.seesRatio === undefined
    ? 'needs more runs of the base'
    : `would show ${formatShare(power.seesRatio)}`;
}

/** What the server is asked to look for where nobody says otherwise. */
const SEE_RATIO = 0.1;

export function describeGrowth(flow: string, step: string, compared: ComparedFigure): string {
  const { figure, baseMedian, headMedian, baseRuns, headRuns } = compared;
  return (
    `${flow}/${step}: ${figureWords(figure)} ${formatFigure(figure, baseMedian)} → ` +
    `${formatFigure(figure, headMedian)} (${formatGrowth(compared)}), middle of ` +
    `${formatCount(headRuns, 'run')} against ${baseRuns} of the base.`
  );
}

/** A finding on one line, with the line to paste where there is one. */
export function inOneLine({ message, decoratorLine }: Finding): string {
  return decoratorLine === undefined ? message : `${message} Suggested: ${decoratorLine}`;
}

export function describeWaste(row: ReportRow, days: number): string {
  const share = formatShare(row.wastedCostUsd / row.requestedCostUsd);
  const how =
    row.suggestion?.isByFeatures === true
      ? ' No single value saves; launching each task by its features does.'
      : '';
  return (
    `${row.flow}/${row.step}: ${share} of what was asked for in ${days} days was not needed, ` +
    `${formatMoney(row.wastedCostUsd)} of ${formatMoney(row.requestedCostUsd)}.${how}`
  );
}
