import type { Store } from '@stepfit/collector/db/open-store';
import { unnestRows } from '@stepfit/collector/db/unnest-rows';
import { sql } from 'kysely';

import type { NeedSketch } from '../http/schemas/sketches.ts';
import type { ReportWindow } from '../report/report-rows.ts';

/** Eight to a doubling: a value is known to within 9 %, and a terabyte is bin 160. */
const BINS_PER_DOUBLING = 8;

const STEP_COLUMNS = { flow: 'text', step: 'text' } as const;

interface StepName {
  readonly flow: string;
  readonly step: string;
}

interface BinRow extends StepName {
  readonly bin: number;
  readonly attempts: number;
  readonly least: number;
  readonly most: number;
}

/**
 * The needs of a window's attempts as counts in bins of equal ratio (the idea of DDSketch, Masson et al. 2019),
 * one row for each step and bin: the answer is as large for a hundred thousand attempts as for a hundred. It
 * reads each attempt that these steps had in the window once.
 */
export async function readNeedSketches(
  db: Store['db'],
  { project, sinceDay }: ReportWindow,
  steps: readonly StepName[],
): Promise<NeedSketch[]> {
  const names = steps.map(({ flow, step }) => ({ flow, step }));
  const { rows } = await sql<BinRow>`
    select a.flow, a.step,
      floor(ln(greatest(a.peak_memory_mib, 1)) / ln(2::float8) * ${BINS_PER_DOUBLING}::float8)::int as bin,
      count(*)::int as attempts,
      min(a.peak_memory_mib)::float8 as least, max(a.peak_memory_mib)::float8 as most
    from ${unnestRows('shown', STEP_COLUMNS, names)}
    join attempt a on a.project = ${project} and a.flow = shown.flow and a.step = shown.step
      and a.ended_at >= ${sinceDay}::timestamptz
    where a.peak_memory_mib is not null
    group by a.flow, a.step, bin
    order by a.flow, a.step, bin`.execute(db);
  return [...Map.groupBy(rows, ({ flow: name, step }) => `${name}\0${step}`).values()].map(
    toSketch,
  );
}

/** `bins` are of one step, ascending, and not empty. */
function toSketch(bins: readonly BinRow[]): NeedSketch {
  const [first] = bins;
  const firstBin = first?.bin ?? 0;
  const counts = Array.from({ length: (bins.at(-1)?.bin ?? firstBin) - firstBin + 1 }, () => 0);
  for (const { bin, attempts } of bins) counts[bin - firstBin] = attempts;
  return {
    flow: first?.flow ?? '',
    step: first?.step ?? '',
    attempts: bins.reduce((sum, { attempts }) => sum + attempts, 0),
    minMiB: Math.min(...bins.map(({ least }) => least)),
    maxMiB: Math.max(...bins.map(({ most }) => most)),
    firstBin,
    counts,
  };
}
