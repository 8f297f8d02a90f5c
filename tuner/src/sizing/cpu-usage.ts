import type { AttemptUsage, CpuProfile } from '../model/attempt-usage.ts';

/** Running time of one attempt by the cores it kept busy. */
export interface CpuUsage {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly levels: readonly CpuLevel[];
  readonly seconds: number;
  /** Time by cores wanted, used or waited for; absent where waiting was not measured. */
  readonly wantedLevels?: readonly CpuLevel[];
  /** Share of the time that threads could have run in which they waited for a core. */
  readonly waitShare?: number;
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

function wantedOf({
  cpuWanted,
  cpuWaitSeconds = 0,
  cpuSeconds = 0,
}: AttemptUsage): Pick<CpuUsage, 'wantedLevels' | 'waitShare'> {
  if (cpuWanted === undefined) return {};
  const runnableSeconds = cpuSeconds + cpuWaitSeconds;
  return {
    wantedLevels: toLevels(cpuWanted),
    waitShare: runnableSeconds > 0 ? cpuWaitSeconds / runnableSeconds : 0,
  };
}

/** Under Kubernetes' guaranteed class the request is also the limit; elsewhere the machine is. */
function coresAvailable(usage: AttemptUsage): number | undefined {
  const held = usage.qos?.toLowerCase() === 'guaranteed' ? usage.request.cpuCores : undefined;
  if (held === undefined) return usage.hostCpuCores;
  return Math.min(held, usage.hostCpuCores ?? held);
}
