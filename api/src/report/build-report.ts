import type { Prices } from '@stepfit/tuner/model/prices';

import { toRequest, withoutNulls } from '../attempts/attempt-view.ts';
import type { Amounts, Report, ReportQuery, ReportRow } from '../http/schemas/report.ts';
import { toSkip } from '../steps/skip-view.ts';
import type { StepWindowRow } from './report-rows.ts';

const DAY_MS = 86_400_000;

/** First UTC day of a window of `days` days that ends with the day of `now`. */
export function firstDay(now: Date, days: number): string {
  return new Date(now.getTime() - (days - 1) * DAY_MS).toISOString().slice(0, 10);
}

/**
 * Shapes roll-ups into the over-provisioning report: worst first by money wasted, totals over every step,
 * at most `query.limit` steps listed.
 */
export function buildReport(
  rows: readonly StepWindowRow[],
  options: { query: ReportQuery; prices: Prices; now: Date },
): Report {
  const { query, prices, now } = options;
  const steps = rows.map((row) => toReportRow(row, prices)).toSorted(byWaste);
  return {
    project: query.project,
    ...(query.flow !== undefined && { flow: query.flow }),
    generatedAt: now.toISOString(),
    days: query.days,
    sinceDay: firstDay(now, query.days),
    prices: { name: prices.name, isExample: prices.isExample },
    totals: {
      flows: new Set(steps.map((row) => row.flow)).size,
      steps: steps.length,
      ...sumUp(steps),
    },
    steps: steps.slice(0, query.limit),
    omittedSteps: Math.max(0, steps.length - query.limit),
  };
}

/** Equal waste is ordered by name, as the store orders it, so that a report of the same data is the same report. */
function byWaste(a: ReportRow, b: ReportRow): number {
  return (
    b.wastedCostUsd - a.wastedCostUsd || compareText(a.flow, b.flow) || compareText(a.step, b.step)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function toReportRow(row: StepWindowRow, prices: Prices): ReportRow {
  const skip = toSkip(row);
  return {
    flow: row.flow,
    step: row.step,
    attempts: row.attempts,
    runs: row.runs,
    succeeded: row.succeeded,
    failed: row.failed,
    oom: row.oom,
    lost: row.lost,
    ...toAmounts(row, prices),
    current: toRequest(row),
    ...withoutNulls({
      peakMemoryMiB: row.peak_memory_mib,
      peakCores: row.peak_cores,
      backend: row.backend,
    }),
    ...(row.suggestion_id !== null && {
      suggestion: {
        suggestionId: row.suggestion_id,
        state: row.suggestion_state ?? 'proposed',
        suggested: row.suggested ?? {},
        decoratorLine: row.decorator_line ?? '',
        costShare: row.cost_share ?? 0,
      },
    }),
    ...(skip !== undefined && { skip }),
  };
}

function toAmounts(row: StepWindowRow, prices: Prices): Amounts {
  const idleGpuHours = Math.max(0, row.requested_gpu_hours - row.busy_gpu_hours);
  return {
    durationHours: row.duration_hours,
    requestedGibHours: row.requested_gib_hours,
    neededGibHours: row.needed_gib_hours,
    wastedGibHours: row.wasted_gib_hours,
    requestedCoreHours: row.requested_core_hours,
    usedCoreHours: row.used_core_hours,
    wastedCoreHours: row.wasted_core_hours,
    requestedGpuHours: row.requested_gpu_hours,
    busyGpuHours: row.busy_gpu_hours,
    idleGpuHours,
    requestedCostUsd: priceOf(
      prices,
      row.requested_gib_hours,
      row.requested_core_hours,
      row.requested_gpu_hours,
    ),
    wastedCostUsd: priceOf(prices, row.wasted_gib_hours, row.wasted_core_hours, idleGpuHours),
  };
}

/** What amounts cost by the table's linear prices, US dollars. */
export function priceOf(
  prices: Prices,
  gibHours: number,
  coreHours: number,
  gpuHours: number,
): number {
  return (
    gibHours * prices.memoryGibHourUsd +
    coreHours * prices.cpuCoreHourUsd +
    gpuHours * prices.gpuHourUsd
  );
}

const SUMMED = [
  'attempts',
  'runs',
  'succeeded',
  'failed',
  'oom',
  'lost',
  'durationHours',
  'requestedGibHours',
  'neededGibHours',
  'wastedGibHours',
  'requestedCoreHours',
  'usedCoreHours',
  'wastedCoreHours',
  'requestedGpuHours',
  'busyGpuHours',
  'idleGpuHours',
  'requestedCostUsd',
  'wastedCostUsd',
] as const satisfies readonly (keyof ReportRow)[];

function sumUp(steps: readonly ReportRow[]): Record<(typeof SUMMED)[number], number> {
  const sums = SUMMED.map((key) => [key, steps.reduce((sum, row) => sum + row[key], 0)] as const);
  return Object.fromEntries(sums) as Record<(typeof SUMMED)[number], number>;
}
