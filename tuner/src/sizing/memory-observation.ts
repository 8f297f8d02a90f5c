import type { AttemptUsage } from '../model/attempt-usage.ts';

/**
 * What an observation says about the need.
 *
 * `exact`: the attempt ran to its end. `at-least`: it ended early for a reason other than memory.
 * `above`: it ran out of memory, and no later attempt of the task showed what would have been enough.
 */
export type NeedKnowledge = 'exact' | 'at-least' | 'above';

/** One observation of a step's memory need: an attempt, or a killed attempt with the retry after it. */
export interface MemoryObservation {
  readonly run: string;
  readonly task: string;
  /** The attempt that showed the need. */
  readonly attempt: number;
  /** Highest need seen. */
  readonly seenMiB: number;
  /** The need to reckon with: what was seen, or `assumedNeed` where the need is known to be above it. */
  readonly needMiB: number;
  readonly knowledge: NeedKnowledge;
  /** True where an attempt of it ran out of memory. */
  readonly wasKilled: boolean;
  /** What was asked for when it started; absent where nothing was. */
  readonly requestMiB?: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Running time that the memory is paid for, once. */
  readonly durationHours: number;
  readonly features: AttemptUsage['features'];
  /** Version of the step's code, where it was reported. */
  readonly codeVersion?: string;
}

const MS_PER_HOUR = 3_600_000;

/**
 * VPA's bump for a container that ran out of memory: at least 20 % and at least 100 MiB more than it had
 * (`DefaultOOMBumpUpRatio`, `DefaultOOMMinBumpUp` in kubernetes/autoscaler,
 * `vertical-pod-autoscaler/pkg/recommender/model/aggregations_config.go`).
 */
const OOM_BUMP_RATIO = 1.2;
const OOM_BUMP_MIB = 100;

/** MiB to assume for an attempt that died of memory at `boundMiB`, when nothing better is known. */
export function assumedNeed(boundMiB: number): number {
  return Math.max(boundMiB * OOM_BUMP_RATIO, boundMiB + OOM_BUMP_MIB);
}

/**
 * Memory needs of a step's attempts, in a canonical order (by end, then by everything else), so that
 * nothing downstream depends on the order in which the attempts were read.
 *
 * An attempt that ran out of memory and the retry that then used more are one observation: the need was
 * seen once. Attempts without a measured peak say nothing and are left out.
 */
export function observeMemory(history: readonly AttemptUsage[]): MemoryObservation[] {
  const observations: MemoryObservation[] = [];
  for (const attempts of attemptsByTask(history).values()) observeTask(attempts, observations);
  return observations.toSorted(compareObservations);
}

function attemptsByTask(history: readonly AttemptUsage[]): Map<string, AttemptUsage[]> {
  const tasks = new Map<string, AttemptUsage[]>();
  for (const usage of history) {
    const key = JSON.stringify([usage.run, usage.task]);
    const attempts = tasks.get(key);
    if (attempts === undefined) tasks.set(key, [usage]);
    else attempts.push(usage);
  }
  return tasks;
}

/** An attempt that ran out of memory, or several in a row, not yet followed by one that shows the need. */
interface OpenKill {
  readonly first: AttemptUsage;
  readonly last: AttemptUsage;
  readonly boundMiB: number;
}

function observeTask(attempts: readonly AttemptUsage[], into: MemoryObservation[]): void {
  let open: OpenKill | undefined;
  for (const usage of attempts.toSorted((a, b) => a.attempt - b.attempt)) {
    if (usage.outcome === 'oom') {
      open = widened(open, usage);
    } else if (usage.outcome !== 'cached' && usage.peakMemoryMiB !== undefined) {
      // A retry that used no more than its predecessor died with does not show what would be enough.
      const isSettled = open !== undefined && usage.peakMemoryMiB > open.boundMiB;
      into.push({
        ...identity((isSettled ? open?.first : undefined) ?? usage, usage),
        seenMiB: usage.peakMemoryMiB,
        needMiB: usage.peakMemoryMiB,
        knowledge: usage.outcome === 'succeeded' ? 'exact' : 'at-least',
        wasKilled: isSettled,
      });
      if (isSettled) open = undefined;
    }
  }
  if (open !== undefined) {
    into.push({
      ...identity(open.first, open.last),
      seenMiB: open.boundMiB,
      needMiB: assumedNeed(open.boundMiB),
      knowledge: 'above',
      wasKilled: true,
    });
  }
}

/** The kill with one more attempt; one whose bound is not known adds nothing. */
function widened(open: OpenKill | undefined, usage: AttemptUsage): OpenKill | undefined {
  const boundMiB = Math.max(open?.boundMiB ?? 0, lowerBound(usage));
  return boundMiB > 0 ? { first: open?.first ?? usage, last: usage, boundMiB } : undefined;
}

/** A killed attempt needed more than it was seen to use, and more than what it was held to. */
function lowerBound(usage: AttemptUsage): number {
  return Math.max(usage.peakMemoryMiB ?? 0, usage.limitMemoryMiB ?? 0);
}

function identity(
  first: AttemptUsage,
  shown: AttemptUsage,
): Omit<MemoryObservation, 'seenMiB' | 'needMiB' | 'knowledge' | 'wasKilled'> {
  const requestMiB = first.request.memoryMiB;
  return {
    run: shown.run,
    task: shown.task,
    attempt: shown.attempt,
    ...(requestMiB === undefined ? {} : { requestMiB }),
    startedAtMs: first.startedAtMs,
    endedAtMs: shown.endedAtMs,
    durationHours: shown.durationMs / MS_PER_HOUR,
    features: shown.features,
    ...(shown.codeVersion === undefined ? {} : { codeVersion: shown.codeVersion }),
  };
}

function compareObservations(a: MemoryObservation, b: MemoryObservation): number {
  return (
    a.endedAtMs - b.endedAtMs ||
    a.startedAtMs - b.startedAtMs ||
    a.needMiB - b.needMiB ||
    a.durationHours - b.durationHours ||
    compareText(a.run, b.run) ||
    compareText(a.task, b.task) ||
    a.attempt - b.attempt
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
