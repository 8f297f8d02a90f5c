import { sql, type Kysely } from 'kysely';

import type { Database } from '../db/tables.ts';
import { unnestRows } from '../db/unnest-rows.ts';
import type { StoredSeries } from './settle-usage.ts';

/** Keyed by attempt id. */
export type SeriesByAttempt = ReadonlyMap<string, readonly StoredSeries[]>;

interface ChunkRow {
  readonly attempt_id: string;
  readonly metric: string;
  readonly series: string;
  readonly chunk_start: Date;
  readonly offsets_ms: readonly number[];
  readonly point_values: readonly number[];
}

/** An attempt whose series are wanted, and between when its points may lie. */
export interface SeriesOwner {
  readonly attempt_id: string;
  readonly started_at: Date;
  readonly until: Date;
}

/** Clocks of samplers drift, but not by more than this. */
const DRIFT_MS = 24 * 3_600_000;

const OWNER_COLUMNS = { attempt_id: 'text', since: 'timestamptz', until: 'timestamptz' } as const;

/**
 * The series of some attempts of one project, each in order of time. There is a partition for each day kept:
 * only those of an attempt's own days are looked into.
 */
export async function loadSeries(
  db: Kysely<Database>,
  project: string,
  owners: readonly SeriesOwner[],
  metrics: readonly string[],
): Promise<SeriesByAttempt> {
  const wanted = owners.map(({ attempt_id, started_at, until }) => ({
    attempt_id,
    since: new Date(started_at.getTime() - DRIFT_MS).toISOString(),
    until: until.toISOString(),
  }));
  const since = wanted.map((one) => one.since).toSorted()[0] ?? null;
  const until =
    wanted
      .map((one) => one.until)
      .toSorted()
      .at(-1) ?? null;
  // The bounds of all spare the planner other partitions; `offset 0` keeps it from joining before it looks at
  // the bounds of each.
  const { rows } = await sql<ChunkRow>`
    select chunk.*
    from ${unnestRows('e', OWNER_COLUMNS, wanted)}
    cross join lateral (
      select c.attempt_id, c.metric, c.series, c.chunk_start, c.offsets_ms, c.point_values
      from usage_chunk c
      where c.project = ${project} and c.attempt_id = e.attempt_id
        and c.chunk_start between e.since and e.until
        and c.chunk_start between ${since}::timestamptz and ${until}::timestamptz
        and c.metric = any (${metrics}::text[])
      offset 0
    ) chunk
    order by chunk.attempt_id, chunk.metric, chunk.series, chunk.chunk_start`.execute(db);
  const chunks = Map.groupBy(rows, ({ attempt_id }) => attempt_id);
  return new Map([...chunks].map(([id, ofAttempt]) => [id, joinChunks(ofAttempt)]));
}

function joinChunks(chunks: readonly ChunkRow[]): readonly StoredSeries[] {
  const bySeries = Map.groupBy(chunks, ({ metric, series }) => `${metric} ${series}`);
  return [...bySeries.values()].flatMap((ofSeries) => {
    const [first] = ofSeries;
    if (first === undefined) return [];
    return {
      metric: first.metric,
      series: first.series,
      timesMs: ofSeries.flatMap(({ chunk_start, offsets_ms }) => {
        const startMs = chunk_start.getTime();
        return offsets_ms.map((offset) => startMs + offset);
      }),
      values: ofSeries.flatMap(({ point_values }) => point_values),
    };
  });
}
