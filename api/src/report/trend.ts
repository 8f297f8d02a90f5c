import type { Store } from '@stepfit/collector/db/open-store';
import type { Prices } from '@stepfit/tuner/model/prices';
import { sql } from 'kysely';

import type { Trend, TrendDay } from '../http/schemas/trend.ts';
import { priceOf } from './build-report.ts';
import { chosenSteps, type ReportWindow } from './report-rows.ts';

const DAY_MS = 86_400_000;

type DayRow = Omit<TrendDay, 'requestedCostUsd' | 'wastedCostUsd' | 'idleGpuHours'> & {
  readonly busyGpuHours: number;
};

/** Sums of the roll-ups by day; days without attempts are there with zeros. */
export async function readTrend(
  db: Store['db'],
  window: ReportWindow,
  options: { readonly prices: Prices; readonly now: Date },
): Promise<Trend> {
  const { rows } = await sql<DayRow>`
    select day, sum(attempts)::int as attempts, sum(oom)::int as oom,
      sum(requested_gib_hours)::float8 as "requestedGibHours",
      sum(wasted_gib_hours)::float8 as "wastedGibHours",
      sum(requested_core_hours)::float8 as "requestedCoreHours",
      sum(wasted_core_hours)::float8 as "wastedCoreHours",
      sum(requested_gpu_hours)::float8 as "requestedGpuHours",
      sum(busy_gpu_hours)::float8 as "busyGpuHours"
    from step_day
    where project = ${window.project} and day >= ${window.sinceDay} ${chosenSteps(window)}
    group by day`.execute(db);
  const byDay = new Map(rows.map((row) => [row.day, toDay(row, options.prices)]));
  return {
    project: window.project,
    days: daysUntil(window.sinceDay, options.now).map((day) => byDay.get(day) ?? emptyDay(day)),
  };
}

function toDay({ busyGpuHours, ...row }: DayRow, prices: Prices): TrendDay {
  const idleGpuHours = Math.max(0, row.requestedGpuHours - busyGpuHours);
  return {
    ...row,
    idleGpuHours,
    requestedCostUsd: priceOf(
      prices,
      row.requestedGibHours,
      row.requestedCoreHours,
      row.requestedGpuHours,
    ),
    wastedCostUsd: priceOf(prices, row.wastedGibHours, row.wastedCoreHours, idleGpuHours),
  };
}

function daysUntil(sinceDay: string, now: Date): string[] {
  const days: string[] = [];
  for (let at = Date.parse(sinceDay); at <= now.getTime(); at += DAY_MS) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

function emptyDay(day: string): TrendDay {
  return {
    day,
    attempts: 0,
    oom: 0,
    requestedGibHours: 0,
    wastedGibHours: 0,
    requestedCoreHours: 0,
    wastedCoreHours: 0,
    requestedGpuHours: 0,
    idleGpuHours: 0,
    requestedCostUsd: 0,
    wastedCostUsd: 0,
  };
}
