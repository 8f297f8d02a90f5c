import type { Report, ReportRow } from '../http/schemas/report.ts';
import {
  columnFormatter,
  formatAmount,
  formatCount,
  formatMemory,
  formatMoney,
  formatShare,
} from './quantities.ts';
import { printable, type Style } from './style.ts';
import { type Column, renderTable } from './text-table.ts';
import { describeChange, describeCores, describeGpus, describeMemory } from './words.ts';
import { wrapText } from './wrap-text.ts';

export interface TextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly style: Style;
}

/** The over-provisioning report for a terminal: worst first, totals, and what to do next. */
export function renderReport(report: Report, options: TextOptions): string {
  const { style, width } = options;
  const flow = onlyFlow(report);
  const days = report.days === 1 ? 'today' : `in the last ${report.days} days`;
  const title = `Requested and not needed ${days}, worst first`;
  const { totals } = report;
  const size = [
    `project ${printable(report.project)}`,
    flow === undefined ? formatCount(totals.flows, 'flow') : `flow ${printable(flow)}`,
    formatCount(totals.steps, 'step'),
    formatCount(totals.attempts, 'attempt'),
  ].join(' · ');
  const lines = [style.strong(title), style.faint(size), ''];
  if (report.steps.length === 0) return [...lines, ...renderEmpty(report, options)].join('\n');

  lines.push(...renderTable(report.steps, reportColumns(report, style), options), '');
  if (report.omittedSteps > 0) {
    lines.push(style.faint(`${formatCount(report.omittedSteps, 'more step')} not listed`), '');
  }
  lines.push(...renderTotals(report, options));
  if (report.prices.isExample) {
    const notice = `Money is by ${report.prices.name}, not by your bill: give yours with \`stepfit serve --prices FILE\`.`;
    lines.push(...wrapText(notice, width).map(style.faint));
  }
  return [...lines, '', renderNext(report, options)].join('\n');
}

function reportColumns(report: Report, style: Style): readonly Column<ReportRow>[] {
  const { steps } = report;
  const gibHours = columnFormatter(steps.map((row) => row.wastedGibHours));
  const coreHours = columnFormatter(steps.map((row) => row.wastedCoreHours));
  const gpuHours = columnFormatter(steps.map((row) => row.idleGpuHours));
  const money = columnFormatter(steps.map((row) => row.wastedCostUsd));
  const hasOneFlow = onlyFlow(report) !== undefined;
  const hasGpus = steps.some((row) => row.requestedGpuHours > 0);

  const columns: (Column<ReportRow> | undefined)[] = [
    {
      title: 'STEP',
      align: 'left',
      cell: (row) => (hasOneFlow ? row.step : nameOf(row)),
      paint: (text, row) => (row.suggestion === undefined ? text : style.strong(text)),
      shrinkTo: 14,
    },
    { title: 'ATTEMPTS', align: 'right', cell: (row) => String(row.attempts), dropOrder: 3 },
    {
      title: 'CPU',
      align: 'left',
      cell: (row) => describeCores(row.current, row.suggestion?.suggested),
    },
    hasGpus
      ? {
          title: 'GPU',
          align: 'left',
          cell: (row) => describeGpus(row.current, row.suggestion?.suggested),
        }
      : undefined,
    {
      title: 'MEMORY',
      align: 'left',
      cell: (row) => describeMemory(row.current, row.suggestion?.suggested),
    },
    { title: 'PEAK', align: 'right', cell: (row) => formatMemory(row.peakMemoryMiB), dropOrder: 1 },
    { title: 'GiB-h', align: 'right', cell: (row) => gibHours(row.wastedGibHours) },
    {
      title: 'core-h',
      align: 'right',
      cell: (row) => coreHours(row.wastedCoreHours),
      dropOrder: 4,
    },
    hasGpus
      ? { title: 'GPU-h', align: 'right', cell: (row) => gpuHours(row.idleGpuHours), dropOrder: 5 }
      : undefined,
    { title: 'USD', align: 'right', cell: (row) => money(row.wastedCostUsd) },
    { title: 'VERDICT', align: 'left', cell: verdictOf, paint: style.faint, dropOrder: 2 },
  ];
  return columns.filter((column) => column !== undefined);
}

/** The flow that every row is of, which then need not be told in each. */
function onlyFlow({ flow, totals, steps }: Report): string | undefined {
  return flow ?? (totals.flows === 1 ? steps[0]?.flow : undefined);
}

function nameOf(row: { readonly flow: string; readonly step: string }): string {
  return `${row.flow}/${row.step}`;
}

function verdictOf(row: ReportRow): string {
  if (row.suggestion !== undefined) {
    const { state, isByFeatures } = row.suggestion;
    return isByFeatures ? `${state}, by features` : state;
  }
  return row.skip === undefined ? 'pending' : row.skip.code;
}

function renderTotals(report: Report, { style }: TextOptions): string[] {
  const { totals } = report;
  const amounts = [
    describePart(totals.wastedGibHours, totals.requestedGibHours, 'GiB-h'),
    describePart(totals.wastedCoreHours, totals.requestedCoreHours, 'core-h'),
    describePart(totals.idleGpuHours, totals.requestedGpuHours, 'GPU-h'),
  ].filter((text) => text !== undefined);
  const share =
    totals.requestedCostUsd === 0
      ? ''
      : ` (${formatShare(totals.wastedCostUsd / totals.requestedCostUsd)})`;
  const money = `${formatMoney(totals.wastedCostUsd)} of ${formatMoney(totals.requestedCostUsd)}${share}`;
  return [
    `Wasted: ${style.strong(money)}`,
    ...(amounts.length === 0 ? [] : [`        ${amounts.join(', ')}`]),
  ];
}

function describePart(wasted: number, requested: number, unit: string): string | undefined {
  if (requested === 0) return undefined;
  const share = formatShare(wasted / requested);
  return `${formatAmount(wasted)} of ${formatAmount(requested)} ${unit} (${share})`;
}

function renderNext(report: Report, { style }: TextOptions): string {
  const worst = report.steps.find((row) => row.suggestion !== undefined);
  if (worst?.suggestion !== undefined) {
    const change = describeChange(worst.current, worst.suggestion.suggested);
    return `→ ${style.accent(`stepfit suggest ${printable(nameOf(worst))}`)}  ${change}`;
  }
  const first = report.steps[0];
  return first === undefined
    ? ''
    : `→ ${style.accent(`stepfit explain ${printable(nameOf(first))}`)}  why nothing is suggested`;
}

function renderEmpty(report: Report, { style }: TextOptions): string[] {
  const since = report.flow === undefined ? '' : ` of flow ${printable(report.flow)}`;
  return [
    `No attempt${since} has ended since ${report.sinceDay}.`,
    `→ run a flow with ${style.accent('--with stepfit')}, or ask ${style.accent('stepfit doctor')} why nothing arrives`,
  ];
}
