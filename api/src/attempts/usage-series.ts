import type { Store } from '@stepfit/collector/db/open-store';
import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import { sql } from 'kysely';

import type {
  Attempt,
  AttemptUsageSeries,
  UsagePoint,
  UsageQuery,
  UsageSeries,
} from '../http/schemas/attempts.ts';

interface PointRow {
  readonly metric: string;
  readonly series: string;
  readonly offset_ms: number;
  readonly least: number;
  readonly most: number;
  readonly last: number;
}

const UNITS = new Map<string, string>(Object.values(METRICS).map(({ name, unit }) => [name, unit]));

/** Clocks of samplers drift, but not by more than this; it bounds the partitions that are read. */
const DRIFT_MS = 24 * 3_600_000;

/**
 * The usage series of one attempt with at most `query.points` points each, merged in the store so that a
 * week-long attempt is as quick to draw as a short one. Merged points keep their least, most and last value:
 * no peak is lost.
 */
export async function readUsageSeries(
  db: Store['db'],
  attempt: Attempt,
  query: UsageQuery,
): Promise<AttemptUsageSeries> {
  const startMs = Date.parse(attempt.startedAt);
  const endMs = Date.parse(attempt.endedAt ?? attempt.lastSeenAt);
  const bucketMs = Math.max(1, Math.ceil((endMs - startMs + 1) / query.points));
  const metric = query.metric === undefined ? sql`` : sql`and c.metric = ${query.metric}`;
  const { rows } = await sql<PointRow>`
    with point as (
      select c.metric, c.series, p.value,
        (extract(epoch from c.chunk_start) * 1000)::float8 + p.offset_ms - ${startMs}::float8 as offset_ms
      from usage_chunk c, unnest(c.offsets_ms, c.point_values) as p(offset_ms, value)
      where c.project = ${query.project} and c.attempt_id = ${attempt.attemptId} ${metric}
        and c.chunk_start between ${new Date(startMs - DRIFT_MS)} and ${new Date(endMs + DRIFT_MS)}
    )
    select metric, series, max(offset_ms)::float8 as offset_ms,
      min(value)::float8 as least, max(value)::float8 as most,
      ((array_agg(value order by offset_ms desc))[1])::float8 as last
    from point
    group by metric, series,
      greatest(0, least(${query.points - 1}::float8, floor(offset_ms / ${bucketMs}::float8)))
    order by metric, series, offset_ms`.execute(db);
  return { attemptId: attempt.attemptId, startedAt: attempt.startedAt, series: groupSeries(rows) };
}

function groupSeries(rows: readonly PointRow[]): UsageSeries[] {
  const series: (UsageSeries & { points: UsagePoint[] })[] = [];
  for (const row of rows) {
    let last = series.at(-1);
    if (last === undefined || last.metric !== row.metric || last.series !== row.series) {
      const unit = UNITS.get(row.metric);
      last = { metric: row.metric, series: row.series, points: [], ...(unit && { unit }) };
      series.push(last);
    }
    last.points.push({ offsetMs: row.offset_ms, min: row.least, max: row.most, last: row.last });
  }
  return series;
}
