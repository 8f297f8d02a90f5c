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

/** The series of some attempts of one project, each in order of time. */
export async function loadSeries(
  db: Kysely<Database>,
  project: string,
  attemptIds: readonly string[],
  metrics: readonly string[],
): Promise<SeriesByAttempt> {
  const ids = attemptIds.map((attempt_id) => ({ attempt_id }));
  const { rows } = await sql<ChunkRow>`
    select c.attempt_id, c.metric, c.series, c.chunk_start, c.offsets_ms, c.point_values
    from ${unnestRows('e', { attempt_id: 'text' }, ids)}
    join usage_chunk c on c.project = ${project} and c.attempt_id = e.attempt_id
    where c.metric = any (${metrics}::text[])
    order by c.attempt_id, c.metric, c.series, c.chunk_start`.execute(db);
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
