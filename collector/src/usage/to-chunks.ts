import type { UsageSeries } from './usage-report.ts';

/** A minute's points of one series: a row of `usage_chunk`. */
export interface Chunk {
  readonly metric: string;
  readonly series: string;
  readonly chunkStartMs: number;
  /** Ascending, unique. */
  readonly offsetsMs: readonly number[];
  readonly values: readonly number[];
}

/** A minute keeps a chunk's row under 2 KB at a sample each second, the most that stays out of TOAST. */
export const CHUNK_MS = 60_000;

/** Cuts a series at the minutes of the clock. Of several points at one time the first is kept. */
export function toChunks({ metric, series, timesMs, values }: UsageSeries): readonly Chunk[] {
  const order = inOrder(timesMs);
  const chunks: Chunk[] = [];
  let chunkStartMs = Number.NaN;
  let offsetsMs: number[] = [];
  let chunkValues: number[] = [];
  for (const index of order) {
    const timeMs = timesMs[index] ?? 0;
    const start = timeMs - (timeMs % CHUNK_MS);
    if (start !== chunkStartMs) {
      chunkStartMs = start;
      offsetsMs = [];
      chunkValues = [];
      chunks.push({ metric, series, chunkStartMs, offsetsMs, values: chunkValues });
    }
    const offset = timeMs - start;
    if (offsetsMs.at(-1) === offset) continue;
    offsetsMs.push(offset);
    chunkValues.push(values[index] ?? 0);
  }
  return chunks;
}

/** Indexes by time; equal times keep their order. */
function inOrder(timesMs: readonly number[]): readonly number[] {
  const order = timesMs.map((_, index) => index);
  const isAscending = timesMs.every((timeMs, i) => i === 0 || timeMs >= (timesMs[i - 1] ?? 0));
  return isAscending ? order : order.sort((a, b) => (timesMs[a] ?? 0) - (timesMs[b] ?? 0));
}
