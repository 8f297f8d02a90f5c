import type { Report, ReportRow } from '../http/schemas/report.ts';

type Cell = string | number | undefined;

/** A column of the file; units are in the names. */
const COLUMNS: readonly (readonly [name: string, of: (row: ReportRow) => Cell])[] = [
  ['flow', (row) => row.flow],
  ['step', (row) => row.step],
  ['backend', (row) => row.backend],
  ['attempts', (row) => row.attempts],
  ['runs', (row) => row.runs],
  ['oom', (row) => row.oom],
  ['failed', (row) => row.failed],
  ['lost', (row) => row.lost],
  ['durationHours', (row) => row.durationHours],
  ['requestedGibHours', (row) => row.requestedGibHours],
  ['neededGibHours', (row) => row.neededGibHours],
  ['wastedGibHours', (row) => row.wastedGibHours],
  ['requestedCoreHours', (row) => row.requestedCoreHours],
  ['usedCoreHours', (row) => row.usedCoreHours],
  ['wastedCoreHours', (row) => row.wastedCoreHours],
  ['requestedGpuHours', (row) => row.requestedGpuHours],
  ['idleGpuHours', (row) => row.idleGpuHours],
  ['requestedCostUsd', (row) => row.requestedCostUsd],
  ['wastedCostUsd', (row) => row.wastedCostUsd],
  ['peakMemoryMiB', (row) => row.peakMemoryMiB],
  ['peakCores', (row) => row.peakCores],
  ['currentMemoryMiB', (row) => row.current.memoryMiB],
  ['currentCpuCores', (row) => row.current.cpuCores],
  ['currentGpuCount', (row) => row.current.gpuCount],
  ['suggestedMemoryMiB', (row) => row.suggestion?.suggested.memoryMiB],
  ['suggestedCpuCores', (row) => row.suggestion?.suggested.cpuCores],
  ['suggestedGpuCount', (row) => row.suggestion?.suggested.gpuCount],
  ['verdict', (row) => row.suggestion?.state ?? row.skip?.code ?? 'pending'],
];

/** The report's steps as CSV (RFC 4180), a line for each, worst first; unknown amounts are empty. */
export function renderReportCsv({ steps }: Report): string {
  const header = COLUMNS.map(([name]) => name).join(',');
  const lines = steps.map((row) => COLUMNS.map(([, of]) => toCell(of(row))).join(','));
  return `${[header, ...lines].join('\r\n')}\r\n`;
}

/** What a spreadsheet would run, it is given as text. */
const FORMULA = /^[=+\-@\t\r]/;

function toCell(value: Cell): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
