import { median } from './ranks.ts';

/** One measurement of a step’s need of one resource, as learning sees it. */
export interface Measure {
  readonly run: string;
  readonly startedAtMs: number;
  readonly codeVersion?: string;
  /** MiB or cores, at least 0. */
  readonly amount: number;
  /** False where the attempt did not run to its end, so that the need was higher. */
  readonly isExact: boolean;
}

/** One run’s level of need. */
export interface RunLevel {
  readonly run: string;
  /** Start of its first attempt that counts. */
  readonly startedAtMs: number;
  /** Median over its attempts of the logarithm of the amount. */
  readonly level: number;
}

/** Of less, differences say nothing: the logarithm of nothing must not become minus infinity. */
const LEAST_AMOUNT = 0.01;

/**
 * One level for each run, in order of their starts: tasks of one run share its data, so that a hundred of
 * them are one look at the step, not a hundred. Only attempts that ran to their end count, so an attempt
 * that was killed moves nothing here.
 */
export function runLevels(measures: readonly Measure[]): RunLevel[] {
  const runs = new Map<string, { startedAtMs: number; logs: number[] }>();
  for (const { run, startedAtMs, amount, isExact } of measures) {
    if (!isExact) continue;
    const log = logOf(amount);
    const known = runs.get(run);
    if (known === undefined) {
      runs.set(run, { startedAtMs, logs: [log] });
    } else {
      known.startedAtMs = Math.min(known.startedAtMs, startedAtMs);
      known.logs.push(log);
    }
  }
  return [...runs]
    .map(([run, { startedAtMs, logs }]) => ({ run, startedAtMs, level: median(logs) }))
    .toSorted((a, b) => a.startedAtMs - b.startedAtMs || (a.run < b.run ? -1 : 1));
}

/** The natural logarithm of an amount, held above that of next to nothing. */
export function logOf(amount: number): number {
  return Math.log(Math.max(amount, LEAST_AMOUNT));
}

/** Attempts that ran to their end. */
export function exactCount(measures: readonly Measure[]): number {
  return measures.filter(({ isExact }) => isExact).length;
}
