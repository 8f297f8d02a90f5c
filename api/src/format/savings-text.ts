import type { Ledger, LedgerEntry } from '@stepfit/tuner/model/ledger';

import { formatAmount, formatCores, formatCount, formatMemory, formatMoney } from './quantities.ts';
import type { TextOptions } from './report-text.ts';
import { printable } from './style.ts';
import { renderTable } from './text-table.ts';
import { wrapText } from './wrap-text.ts';

/** Each suggestion that took effect: predicted and realised money with its interval, and the sums below. */
export function renderSavings(ledger: Ledger, options: TextOptions): string {
  const { entries } = ledger;
  if (entries.length === 0) {
    return 'No suggestion has taken effect in this window.\n→ stepfit suggest';
  }
  const table = renderTable(
    entries,
    [
      { title: 'step', align: 'left', cell: ({ flow, step }) => `${flow}/${step}`, shrinkTo: 16 },
      { title: 'change', align: 'left', cell: changeWords, dropOrder: 2 },
      { title: 'state', align: 'left', cell: ({ state }) => state, dropOrder: 3 },
      { title: 'tasks', align: 'right', cell: ({ tasks }) => String(tasks) },
      { title: 'retries', align: 'right', cell: ({ retries }) => String(retries) },
      { title: 'predicted', align: 'right', cell: (entry) => formatMoney(entry.predictedCostUsd) },
      {
        title: 'saved',
        align: 'right',
        cell: (entry) => formatMoney(entry.realised.costUsd.estimate),
      },
      { title: '95 % interval', align: 'left', cell: (entry) => rangeWords(entry), dropOrder: 1 },
    ],
    options,
  );
  return [...table, '', ...totals(ledger), '', ...notes(ledger, options)].join('\n');
}

function totals({
  entries,
  totals: { predictedCostUsd, retryCostUsd, realised },
}: Ledger): string[] {
  const { costUsd, gibHours, coreHours, gpuHours } = realised;
  const gpus = gpuHours.estimate === 0 ? '' : `, ${formatAmount(gpuHours.estimate)} GPU-h`;
  const retries = entries.reduce((sum, entry) => sum + entry.retries, 0);
  return [
    `Saved ${formatMoney(costUsd.estimate)} (${formatMoney(costUsd.low)} to ${formatMoney(costUsd.high)}), of ${formatMoney(predictedCostUsd)} predicted; ${formatCount(retries, 'retry', 'retries')} for ${formatMoney(retryCostUsd)} taken off.`,
    `Freed ${formatAmount(gibHours.estimate)} GiB-h and ${formatAmount(coreHours.estimate)} core-h${gpus}.`,
  ];
}

function notes({ prices, entries }: Ledger, { width, style }: TextOptions): string[] {
  const few = entries.some(({ runs }) => runs < FEW_RUNS);
  return [
    ...(prices.isExample ? ['At example prices, not your bill.'] : []),
    ...(prices.billedUnit === 'node'
      ? [
          'Tasks share machines by these prices: what is freed leaves the bill once a machine can go.',
        ]
      : []),
    ...(few ? [`Intervals over fewer than ${FEW_RUNS} runs are too narrow.`] : []),
  ].flatMap((note) => wrapText(`Note: ${note}`, width).map((line) => style.faint(line)));
}

/** Below it, resampling runs understates how much they vary. */
const FEW_RUNS = 10;

function changeWords({ from, to }: LedgerEntry): string {
  return printable(
    [
      ...(from.memoryMiB === to.memoryMiB
        ? []
        : [`${formatMemory(from.memoryMiB)} → ${formatMemory(to.memoryMiB)}`]),
      ...(from.cpuCores === to.cpuCores
        ? []
        : [`${formatCores(from.cpuCores)} → ${formatCores(to.cpuCores)} cores`]),
      ...(from.gpuCount === to.gpuCount
        ? []
        : [`${from.gpuCount ?? 0} → ${to.gpuCount ?? 0} GPUs`]),
    ].join(', '),
  );
}

function rangeWords({ realised: { costUsd } }: LedgerEntry): string {
  return `${formatMoney(costUsd.low)} to ${formatMoney(costUsd.high)}`;
}
