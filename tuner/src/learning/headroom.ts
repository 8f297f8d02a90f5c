import type { MemoryObservation } from '../sizing/memory-observation.ts';
import type { Drift } from './drift.ts';
import type { RunLevel } from './measure.ts';

/** Needs carried on at the pace at which they have been growing. */
export interface Headroom {
  /** The same observations with the needs that they would have at the horizon. */
  readonly projected: readonly MemoryObservation[];
  /** Runs from the newest one to the horizon. */
  readonly runsAhead: number;
  /** Growth from one run to the next, as a share. */
  readonly growthRatio: number;
}

/** A suggestion is meant to hold for about a month. */
const HORIZON_MS = 30 * 86_400_000;

/**
 * Carries needs on to the horizon: as many runs as 30 days have at the pace of the runs seen, and no more
 * than were seen growing, since nothing says that growth lasts longer than it has.
 *
 * @param runs in order of their starts; at least one of them since `growth.sinceMs`.
 */
export function projectNeeds(
  observations: readonly MemoryObservation[],
  runs: readonly RunLevel[],
  growth: Extract<Drift, { kind: 'growth' }>,
): Headroom {
  const growing = runs.filter(({ startedAtMs }) => startedAtMs >= growth.sinceMs);
  const spanMs = (growing.at(-1)?.startedAtMs ?? 0) - growth.sinceMs;
  const inMonth = spanMs > 0 ? (HORIZON_MS / spanMs) * (growing.length - 1) : growing.length;
  const runsAhead = Math.min(growing.length, Math.max(1, Math.round(inMonth)));
  const indices = new Map(growing.map(({ run }, index) => [run, index]));
  const projected = observations.map((observation) => {
    const index = indices.get(observation.run) ?? lastBefore(growing, observation.startedAtMs);
    const factor = Math.exp(growth.slope * (growing.length - 1 - index + runsAhead));
    return {
      ...observation,
      seenMiB: observation.seenMiB * factor,
      needMiB: observation.needMiB * factor,
    };
  });
  return { projected, runsAhead, growthRatio: Math.expm1(growth.slope) };
}

/** Of a run without an attempt that ran to its end: the place of the last run that had started by then. */
function lastBefore(runs: readonly RunLevel[], timeMs: number): number {
  return Math.max(
    0,
    runs.findLastIndex(({ startedAtMs }) => startedAtMs <= timeMs),
  );
}
