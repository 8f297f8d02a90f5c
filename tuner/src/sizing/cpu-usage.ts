import type { AttemptUsage, CpuProfile } from '../model/attempt-usage.ts';

/** Running time of one attempt by the cores it kept busy. */
export interface CpuUsage {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly levels: readonly CpuLevel[];
  readonly seconds: number;
  /**
   * Time by cores wanted: used, and waited for or, where that was not measured, held back by the CPU limit.
   * Absent where neither was measured.
   */
  readonly wantedLevels?: readonly CpuLevel[];
  /** Share of the time that threads could have run in which they waited for a core; absent if not measured. */
  readonly waitShare?: number;
  /** Share of that time in which the attempt's own CPU limit held them back; absent if not measured. */
  readonly throttledShare?: number;
  /** Cores that the backend held the attempt to. */
  readonly limitCores?: number;
  /** Cores the attempt could have used at most, where that is known. */
  readonly availableCores?: number;
}

export interface CpuLevel {
  readonly cores: number;
  readonly seconds: number;
}

/**
 * CPU profiles of a step's successful attempts: the time that others took is not the time of the work.
 * Attempts without a profile, or with an empty one, are left out.
 */
export function observeCpu(history: readonly AttemptUsage[]): CpuUsage[] {
  const usages: CpuUsage[] = [];
  for (const usage of history) {
    const { cpuProfile } = usage;
    if (cpuProfile === undefined || usage.outcome !== 'succeeded') continue;
    const levels = toLevels(cpuProfile);
    const seconds = levels.reduce((sum, level) => sum + level.seconds, 0);
    if (seconds === 0) continue;
    const availableCores = coresAvailable(usage);
    usages.push({
      run: usage.run,
      task: usage.task,
      attempt: usage.attempt,
      levels,
      seconds,
      ...(availableCores === undefined ? {} : { availableCores }),
      ...(usage.limitCpuCores === undefined ? {} : { limitCores: usage.limitCpuCores }),
      ...wantedOf(usage),
    });
  }
  return usages;
}

function toLevels({ cores, seconds }: CpuProfile): CpuLevel[] {
  return cores
    .map((level, index) => ({ cores: level, seconds: seconds[index] ?? 0 }))
    .filter((level) => level.seconds > 0);
}

type Wanted = Pick<CpuUsage, 'wantedLevels' | 'waitShare' | 'throttledShare'>;

function wantedOf({
  cpuWanted,
  cpuWaitSeconds,
  cpuThrottledSeconds,
  cpuSeconds = 0,
}: AttemptUsage): Wanted {
  // What a limit holds back is part of the waiting.
  const runnableSeconds = cpuSeconds + Math.max(cpuWaitSeconds ?? 0, cpuThrottledSeconds ?? 0);
  function share(seconds: number): number {
    return runnableSeconds > 0 ? seconds / runnableSeconds : 0;
  }
  return {
    ...(cpuThrottledSeconds === undefined ? {} : { throttledShare: share(cpuThrottledSeconds) }),
    ...(cpuWanted === undefined ? {} : { wantedLevels: toLevels(cpuWanted) }),
    ...(cpuWanted === undefined || cpuWaitSeconds === undefined
      ? {}
      : { waitShare: share(cpuWaitSeconds) }),
  };
}

/** The quota that was read; else under Kubernetes' guaranteed class the request; at most the machine. */
function coresAvailable(usage: AttemptUsage): number | undefined {
  const guaranteed = usage.qos?.toLowerCase() === 'guaranteed' ? usage.request.cpuCores : undefined;
  const held = usage.limitCpuCores ?? guaranteed;
  if (held === undefined) return usage.hostCpuCores;
  return Math.min(held, usage.hostCpuCores ?? held);
}
