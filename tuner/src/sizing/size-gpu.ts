import { IDLE_MEMORY_MIB, IDLE_UTILIZATION } from '@stepfit/collector/usage/summarise-gpus';

import type { AttemptUsage, GpuUsage } from '../model/attempt-usage.ts';
import type { GpuEvidence } from '../model/evidence.ts';
import { countWords, memoryWords, shareWords } from '../words/amounts.ts';

export interface GpuSizing {
  readonly gpuCount: number;
  readonly isChanged: boolean;
  readonly evidence: GpuEvidence;
}

/** Readings of a step's GPUs over all attempts that have any. */
interface GpuFacts extends Omit<GpuEvidence, 'verdict' | 'smallerCard'> {
  readonly seenCount: number;
  /** The most GPUs that an attempt used; undefined where not every GPU requested was watched throughout. */
  readonly mostUsed: number | undefined;
}

/**
 * GPUs for a step: as many as the attempt that used most of them used, none where none did. A GPU is unused
 * where its utilisation and its memory both stayed idle. Low utilisation alone takes nothing away: a model
 * that waits for data needs its GPU all the same.
 *
 * @returns undefined where no GPUs are requested and none were seen.
 */
export function sizeGpu(
  history: readonly AttemptUsage[],
  requestedCount: number,
  minAttempts: number,
): GpuSizing | undefined {
  const readings = history.flatMap((usage) => (usage.gpu === undefined ? [] : [usage.gpu]));
  if (requestedCount === 0 && readings.length === 0) return undefined;
  const facts = factsOf(readings, requestedCount);
  const { mostUsed = requestedCount } = facts;
  const isChanged = mostUsed < requestedCount && readings.length >= minAttempts;
  const { seenCount: _seen, mostUsed: _used, ...evidence } = facts;
  return {
    gpuCount: isChanged ? mostUsed : requestedCount,
    isChanged,
    evidence: {
      ...evidence,
      ...(facts.mostUsed === undefined ? {} : { usedCount: facts.mostUsed }),
      verdict: verdictWords(facts, isChanged),
    },
  };
}

function factsOf(readings: readonly GpuUsage[], requestedCount: number): GpuFacts {
  const memoryPeaks = readings.flatMap((gpu) => gpu.peakMemoryMiB ?? []);
  const memoryLimits = readings.flatMap((gpu) => gpu.memoryLimitMiB ?? []);
  const used = readings.map((gpu) => usedOf(gpu, requestedCount));
  const known = used.filter((count) => count !== undefined);
  return {
    requestedCount,
    attempts: readings.length,
    peakUtilization: Math.max(0, ...readings.map((gpu) => gpu.peakUtilization)),
    meanUtilization:
      readings.reduce((sum, gpu) => sum + gpu.meanUtilization, 0) / Math.max(1, readings.length),
    ...(memoryPeaks.length === 0 ? {} : { peakMemoryMiB: Math.max(...memoryPeaks) }),
    ...(memoryLimits.length === 0 ? {} : { memoryLimitMiB: Math.max(...memoryLimits) }),
    seenCount: Math.max(0, ...readings.map((gpu) => gpu.seenCount)),
    mostUsed: known.length === used.length && known.length > 0 ? Math.max(...known) : undefined,
  };
}

/**
 * GPUs that an attempt used; undefined where it saw fewer than requested, so that nobody watched the rest.
 * Attempts settled before the count was kept tell only whether any was used.
 */
function usedOf(gpu: GpuUsage, requestedCount: number): number | undefined {
  if (gpu.seenCount < requestedCount) return undefined;
  const isIdle =
    gpu.peakUtilization <= IDLE_UTILIZATION &&
    (gpu.peakMemoryMiB ?? Number.POSITIVE_INFINITY) <= IDLE_MEMORY_MIB;
  return gpu.usedCount ?? (isIdle ? 0 : undefined);
}

function verdictWords(facts: GpuFacts, isChanged: boolean): string {
  const { requestedCount, attempts, seenCount, mostUsed } = facts;
  const requested = countWords(requestedCount, 'GPU');
  if (attempts === 0) {
    return `No GPU readings, so nothing is said about the ${requested} requested.`;
  }
  if (requestedCount === 0) {
    return `No GPU is requested, yet up to ${seenCount} were visible, busy ${shareWords(facts.peakUtilization)} at most.`;
  }
  const others =
    seenCount > requestedCount
      ? ` The attempts saw ${seenCount} GPUs though ${requestedCount} requested: readings may include the work of others.`
      : '';
  if (mostUsed !== undefined && mostUsed < requestedCount) {
    return `${unusedWords(facts, mostUsed, isChanged)}${mostUsed === 0 ? '' : ` ${usageWords(facts)}.`}${others}`;
  }
  return `${usageWords(facts)}. Utilisation is not need, so the count stays.${others}`;
}

function unusedWords(
  { requestedCount, attempts }: GpuFacts,
  mostUsed: number,
  isChanged: boolean,
): string {
  const seen = countWords(attempts, 'attempt');
  const what =
    mostUsed === 0
      ? `Utilisation and memory of every GPU stayed idle in ${seen}`
      : `None of ${seen} used more than ${mostUsed} of the ${countWords(requestedCount, 'GPU')}: utilisation and memory of the others stayed idle`;
  if (!isChanged) {
    return `${what}: too few attempts to give up ${countWords(requestedCount - mostUsed, 'GPU')}.`;
  }
  return mostUsed === 0
    ? `${what}: the step does not use its ${countWords(requestedCount, 'GPU')}.`
    : `${what}. A program that takes every GPU it finds will find ${mostUsed}.`;
}

function usageWords(facts: GpuFacts): string {
  const limit =
    facts.memoryLimitMiB === undefined ? '' : ` of ${memoryWords(facts.memoryLimitMiB)}`;
  const memory =
    facts.peakMemoryMiB === undefined
      ? ''
      : `, memory in use ${memoryWords(facts.peakMemoryMiB)} at most${limit}`;
  return `Busy ${shareWords(facts.meanUtilization)} of the time on average, ${shareWords(facts.peakUtilization)} at most${memory}`;
}
