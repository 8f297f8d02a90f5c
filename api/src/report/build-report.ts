import type { Prices } from '@stepfit/tuner/model/prices';

import { toRequest, withoutNulls } from '../attempts/attempt-view.ts';
import type { Amounts, Report, ReportQuery, ReportRow } from '../http/schemas/report.ts';
import { toSkip } from '../steps/skip-view.ts';
import type { RolledUp, StepWindowRow, WindowRows, WindowTotals } from './report-rows.ts';

const DAY_MS = 86_400_000;

/** First UTC day of a window of `days` days that ends with the day of `now`. */
export function firstDay(now: Date, days: number): string {
  return new Date(now.getTime() - (days - 1) * DAY_MS).toISOString().slice(0, 10);
}

/** Shapes roll-ups into the over-provisioning report: worst first by money wasted, totals over every step. */
export function buildReport(
  { listed, totals = NOTHING }: WindowRows,
  options: { query: ReportQuery; prices: Prices; now: Date },
): Report {
  const { query, prices, now } = options;
  return {
    project: query.project,
    ...(query.flow !== undefined && { flow: query.flow }),
    generatedAt: now.toISOString(),
    days: query.days,
    sinceDay: firstDay(now, query.days),
    prices: { name: prices.name, isExample: prices.isExample },
    totals: {
      flows: totals.flows,
      steps: totals.steps,
      ...toCounts(totals),
      ...toAmounts(totals, totals.idle_gpu_hours, prices),
    },
    steps: listed.map((row) => toReportRow(row, prices)),
    omittedSteps: totals.steps - listed.length,
  };
}

const NOTHING: WindowTotals = {
  flows: 0,
  steps: 0,
  attempts: 0,
  runs: 0,
  succeeded: 0,
  failed: 0,
  oom: 0,
  lost: 0,
  duration_hours: 0,
  requested_gib_hours: 0,
  needed_gib_hours: 0,
  wasted_gib_hours: 0,
  requested_core_hours: 0,
  used_core_hours: 0,
  wasted_core_hours: 0,
  requested_gpu_hours: 0,
  busy_gpu_hours: 0,
  idle_gpu_hours: 0,
  peak_memory_mib: null,
  peak_cores: null,
};

function toReportRow(row: StepWindowRow, prices: Prices): ReportRow {
  const skip = toSkip(row);
  return {
    flow: row.flow,
    step: row.step,
    ...toCounts(row),
    ...toAmounts(row, Math.max(0, row.requested_gpu_hours - row.busy_gpu_hours), prices),
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
        isByFeatures: row.is_by_features === true,
        costShare: row.cost_share ?? 0,
      },
    }),
    ...(skip !== undefined && { skip }),
  };
}

function toCounts({ attempts, runs, succeeded, failed, oom, lost }: RolledUp) {
  return { attempts, runs, succeeded, failed, oom, lost };
}

function toAmounts(row: RolledUp, idleGpuHours: number, prices: Prices): Amounts {
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
