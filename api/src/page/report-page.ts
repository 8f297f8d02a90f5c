import {
  columnFormatter,
  formatAmount,
  formatCount,
  formatMemory,
  formatMoney,
  formatShare,
} from '../format/quantities.ts';
import { describeCores, describeGpus, describeMemory } from '../format/words.ts';
import type { Report, ReportRow } from '../http/schemas/report.ts';
import { type Html, html } from './html.ts';
import { type PageColumn, renderDocument, renderPageTable } from './layout.ts';

const BAR_WIDTH = 90;
const BAR_HEIGHT = 10;

/** The over-provisioning report as one page without scripts. */
export function renderReportPage(report: Report): string {
  const days = report.days === 1 ? 'Today' : `The last ${report.days} days`;
  const scope = report.flow === undefined ? `project ${report.project}` : `flow ${report.flow}`;
  const { totals } = report;
  const content = html`<h1>Requested and not needed</h1>
    <p class="quiet">
      ${days} · ${scope} · ${formatCount(totals.flows, 'flow')} ·
      ${formatCount(totals.steps, 'step')} · ${formatCount(totals.attempts, 'attempt')}
    </p>
    ${report.steps.length === 0 ? renderEmpty(report) : [renderTiles(report), renderSteps(report)]}
    <footer>
      <p>${priceNotice(report)}</p>
      <p>
        The same as data: <a href="/api/v1/report?${query(report)}">/api/v1/report</a> ·
        <a href="/openapi.json">/openapi.json</a>
      </p>
    </footer>`;
  return renderDocument('Report', content);
}

/** Path of a step's page; names may hold any character. */
export function stepPath(project: string, flow: string, step: string): string {
  const path = `/steps/${encodeURIComponent(flow)}/${encodeURIComponent(step)}`;
  return `${path}?${new URLSearchParams({ project }).toString()}`;
}

function query({ project, flow, days }: Report): string {
  const parameters = new URLSearchParams({ project, days: String(days) });
  if (flow !== undefined) parameters.set('flow', flow);
  return parameters.toString();
}

function renderTiles({ totals }: Report): Html {
  const tiles = [
    tile(
      formatMoney(totals.wastedCostUsd),
      'wasted',
      totals.wastedCostUsd,
      totals.requestedCostUsd,
    ),
    tile(
      `${formatAmount(totals.wastedGibHours)} GiB-h`,
      'memory wasted',
      totals.wastedGibHours,
      totals.requestedGibHours,
    ),
    tile(
      `${formatAmount(totals.wastedCoreHours)} core-h`,
      'cores wasted',
      totals.wastedCoreHours,
      totals.requestedCoreHours,
    ),
    totals.requestedGpuHours > 0
      ? tile(
          `${formatAmount(totals.idleGpuHours)} GPU-h`,
          'GPUs idle',
          totals.idleGpuHours,
          totals.requestedGpuHours,
        )
      : undefined,
  ];
  return html`<ul class="tiles">
    ${tiles}
  </ul>`;
}

function tile(amount: string, what: string, part: number, whole: number): Html | undefined {
  return whole === 0
    ? undefined
    : html`<li>
        <b>${amount}</b
        ><span class="quiet">${what}, ${formatShare(part / whole)} of what was requested</span>
      </li>`;
}

function renderSteps(report: Report): Html {
  const { steps } = report;
  const gibHours = columnFormatter(steps.map((row) => row.wastedGibHours));
  const coreHours = columnFormatter(steps.map((row) => row.wastedCoreHours));
  const money = columnFormatter(steps.map((row) => row.wastedCostUsd));
  const columns: (PageColumn<ReportRow> | undefined)[] = [
    {
      title: 'Step',
      cell: ({ flow, step }) =>
        html`<a href="${stepPath(report.project, flow, step)}">${flow}/${step}</a>`,
    },
    { title: 'Attempts', isNumber: true, cell: (row) => formatCount(row.attempts, '', '').trim() },
    { title: 'CPU', cell: (row) => describeCores(row.current, row.suggestion?.suggested) },
    steps.some((row) => row.requestedGpuHours > 0)
      ? { title: 'GPU', cell: (row) => describeGpus(row.current, row.suggestion?.suggested) }
      : undefined,
    { title: 'Memory', cell: (row) => describeMemory(row.current, row.suggestion?.suggested) },
    { title: 'Peak', isNumber: true, cell: (row) => formatMemory(row.peakMemoryMiB) },
    { title: 'GiB-h wasted', isNumber: true, cell: (row) => gibHours(row.wastedGibHours) },
    { title: 'core-h wasted', isNumber: true, cell: (row) => coreHours(row.wastedCoreHours) },
    { title: 'USD wasted', isNumber: true, cell: (row) => money(row.wastedCostUsd) },
    { title: 'Of its cost', cell: renderBar },
    { title: 'Verdict', cell: renderVerdict },
  ];
  const more =
    report.omittedSteps === 0
      ? undefined
      : html`<p class="quiet">${formatCount(report.omittedSteps, 'more step')} not listed.</p>`;
  const table = renderPageTable(
    'Steps, worst first by money wasted',
    steps,
    columns.filter((column) => column !== undefined),
  );
  return html`${table}${more}`;
}

function renderVerdict(row: ReportRow): Html {
  if (row.suggestion !== undefined) {
    return html`<span class="good">${row.suggestion.state}</span>`;
  }
  return html`<span class="quiet">${row.skip?.code ?? 'pending'}</span>`;
}

function renderBar(row: ReportRow): Html | string {
  if (row.requestedCostUsd === 0) return '';
  const ratio = row.wastedCostUsd / row.requestedCostUsd;
  const label = `${formatShare(ratio)} wasted`;
  const width = Math.round(Math.min(1, ratio) * BAR_WIDTH);
  return html`<svg role="img" aria-label="${label}" width="${BAR_WIDTH}" height="${BAR_HEIGHT}">
    <title>${label}</title>
    <rect class="bar" width="${BAR_WIDTH}" height="${BAR_HEIGHT}" rx="3" />
    <rect class="bar-wasted" width="${width}" height="${BAR_HEIGHT}" rx="3" />
  </svg>`;
}

function renderEmpty(report: Report): Html {
  return html`<p>No attempt has ended since ${report.sinceDay}.</p>
    <p>
      Run a flow with <code>--with stepfit</code>, or ask <code>stepfit doctor</code> why nothing
      arrives.
    </p>`;
}

function priceNotice({ prices }: Report): string {
  return prices.isExample
    ? `Money is by ${prices.name}, not by your bill: give yours with stepfit serve --prices FILE.`
    : `Money is by ${prices.name}.`;
}
