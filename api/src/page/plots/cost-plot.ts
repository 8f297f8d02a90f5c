import { formatAmount, formatShare } from '../../format/quantities.ts';
import type { ComparisonReport, StrategyReport } from '../../replay/replay-report.ts';
import { type Html, html } from '../html.ts';
import { type LogScale, logScale, renderGrid } from './log-scale.ts';

const WIDTH = 960;
const NAMES = 170;
const ROW = 28;
const TOP = 44;
const WASTE_END = 620;
const FAILED_START = 690;
const FAILED_END = 860;

function firstFailedShare({ firstFailures, tasks }: StrategyReport): number {
  return tasks === 0 ? 0 : firstFailures / tasks;
}

/** Each strategy on a line: its waste on a logarithmic axis, and the share of first attempts that failed. */
export function renderCostPlot({ strategies, protocol }: ComparisonReport): Html {
  const height = TOP + strategies.length * ROW + 8;
  const waste = logScale(
    strategies.map((row) => row.wastedGibHours),
    [NAMES, WASTE_END],
  );
  const mostFailed = Math.max(0.01, ...strategies.map(firstFailedShare));
  const summary = `Waste and failed first attempts of ${strategies.length} strategies, protocol ${protocol}; the table below has the same.`;
  return html`<svg role="img" aria-label="${summary}" viewBox="0 0 ${WIDTH} ${height}" class="plot">
    <text class="label" x="${NAMES}" y="14">wasted GiB-h, logarithmic</text>
    <text class="label" x="${FAILED_START}" y="14">first attempts that failed</text>
    ${renderGrid(waste, formatAmount, { top: TOP - 10, bottom: height - 8 })}
    ${strategies.map((row, index) => renderRow(row, index, { waste, mostFailed }))}
  </svg>`;
}

function renderRow(
  row: StrategyReport,
  index: number,
  { waste, mostFailed }: { readonly waste: LogScale; readonly mostFailed: number },
): Html {
  const y = TOP + index * ROW + ROW / 2;
  const share = firstFailedShare(row);
  const width = Math.round((share / mostFailed) * (FAILED_END - FAILED_START));
  const isOwn = row.name.startsWith('shadow');
  const x = waste.place(row.wastedGibHours);
  return html`<g class="${isOwn ? 'own' : 'other'}">
    <text class="name" x="0" y="${y + 5}">${row.name}</text>
    <line class="stem" x1="${NAMES}" x2="${x}" y1="${y}" y2="${y}" />
    <circle cx="${x}" cy="${y}" r="6" />
    <text class="value" x="${x + 12}" y="${y + 5}">${formatAmount(row.wastedGibHours)}</text>
    <rect x="${FAILED_START}" y="${y - 7}" width="${width}" height="14" rx="2" />
    <text class="value" x="${FAILED_START + width + 8}" y="${y + 5}">${formatShare(share)}</text>
  </g>`;
}
