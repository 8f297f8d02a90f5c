import {
  columnFormatter,
  formatAmount,
  formatCount,
  formatMemory,
  formatMoney,
  formatShare,
} from '../format/quantities.ts';
import { describeCores, describeMemory } from '../format/words.ts';
import type { Report, ReportRow } from '../http/schemas/report.ts';

const HEADER = [
  'Step',
  'USD wasted',
  'GiB-h wasted',
  'Memory',
  'CPU',
  'Peak',
  'Attempts',
  'Verdict',
];
/** Columns that are read from the right. */
const RIGHT = new Set(['USD wasted', 'GiB-h wasted', 'Peak', 'Attempts']);

/** The report as Markdown, for an issue, a pull request or a wiki. */
export function renderReportMarkdown(report: Report): string {
  const { totals, steps, prices } = report;
  const money = columnFormatter(steps.map((row) => row.wastedCostUsd));
  const gibHours = columnFormatter(steps.map((row) => row.wastedGibHours));
  function toLine(row: ReportRow): string {
    return line([
      escapeCell(`${row.flow}/${row.step}`),
      money(row.wastedCostUsd),
      gibHours(row.wastedGibHours),
      describeMemory(row.current, row.suggestion?.suggested),
      describeCores(row.current, row.suggestion?.suggested),
      formatMemory(row.peakMemoryMiB),
      row.attempts.toLocaleString('en-US'),
      row.suggestion?.state ?? row.skip?.code ?? 'pending',
    ]);
  }
  const rule = line(HEADER.map((name) => (RIGHT.has(name) ? '---:' : '---')));
  return `# Requested and not needed

${report.days === 1 ? 'Today' : `Last ${report.days} days`} · ${escapeCell(
    report.flow === undefined ? `project ${report.project}` : `flow ${report.flow}`,
  )} · ${formatCount(totals.steps, 'step')} · ${formatCount(totals.attempts, 'attempt')}

**${formatMoney(totals.wastedCostUsd)}** of ${formatMoney(totals.requestedCostUsd)} wasted (${shareOf(totals.wastedCostUsd, totals.requestedCostUsd)}): ${formatAmount(totals.wastedGibHours)} of ${formatAmount(totals.requestedGibHours)} GiB-h, ${formatAmount(totals.wastedCoreHours)} of ${formatAmount(totals.requestedCoreHours)} core-h.

${[line(HEADER), rule, ...steps.map(toLine)].join('\n')}

${report.omittedSteps > 0 ? `${formatCount(report.omittedSteps, 'more step')} not listed. ` : ''}Money is by ${prices.name}${prices.isExample ? ', not by your bill' : ''}.
`;
}

function shareOf(part: number, whole: number): string {
  return whole === 0 ? '0 %' : formatShare(part / whole);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Names come from the network: none ends its cell or becomes markup. */
function escapeCell(text: string): string {
  return text.replaceAll(/[\\`*_|<>[\]]/g, '\\$&').replaceAll(/[\r\n]+/g, ' ');
}
