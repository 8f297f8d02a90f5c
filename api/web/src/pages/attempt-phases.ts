import type { Attempt, UsageSeries } from '../../../src/http/schemas/attempts.ts';

const MS = 1000;
const MIB = 1024 ** 2;

/** Seconds after the attempt's start. */
export interface Phases {
  /** The first and the last sample; what lies before and after was not sampled. */
  readonly firstSample: number;
  readonly lastSample: number;
  /** The end; while it runs, the last sample. */
  readonly end: number;
  /** Times that were sampled. */
  readonly samples: number;
  /** When the mark of memory first stood where it ended; absent where its series does not reach the peak. */
  readonly peak?: number;
}

/**
 * What is known of an attempt's course. Samplers tell its start, its samples and its end, which comes after the
 * artifacts have been persisted; they do not tell when the user's code began and ended.
 */
export function phasesOf(attempt: Attempt, series: readonly UsageSeries[]): Phases | undefined {
  const times = new Set(series.flatMap(({ points }) => points.map(({ offsetMs }) => offsetMs)));
  if (times.size === 0) return undefined;
  const ordered = [...times].toSorted((a, b) => a - b);
  const first = (ordered[0] ?? 0) / MS;
  const last = (ordered.at(-1) ?? 0) / MS;
  const peak = peakTime(attempt, series);
  return {
    firstSample: Math.max(0, first),
    lastSample: last,
    end: Math.max(last, (attempt.durationMs ?? 0) / MS),
    samples: times.size,
    ...(peak !== undefined && { peak }),
  };
}

/** The mark rounds to bytes on its way; a peak that came with the end alone is in no series. */
const SAME_RATIO = 0.999;

function peakTime(attempt: Attempt, series: readonly UsageSeries[]): number | undefined {
  const { peakMemoryMiB } = attempt;
  if (peakMemoryMiB === undefined) return undefined;
  const reached = series
    .filter(({ metric }) => metric === 'stepfit.memory.peak' || metric === 'process.memory.usage')
    .flatMap(({ points }) => points)
    .filter(({ max }) => max / MIB >= peakMemoryMiB * SAME_RATIO)
    .map(({ offsetMs }) => offsetMs / MS);
  return reached.length === 0 ? undefined : Math.min(...reached);
}
