import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { GpuEvidence } from '../model/evidence.ts';
import { countWords, memoryWords, shareWords } from '../words/amounts.ts';

export interface GpuSizing {
  readonly gpuCount: number;
  readonly isChanged: boolean;
  readonly evidence: GpuEvidence;
}

/** `nvidia-smi` reports whole per cents; a step that computes shows more than one somewhere. */
const IDLE_UTILIZATION = 0.01;
/** A process that opens the GPU at all holds a context of more than this; the driver alone holds less. */
const IDLE_MEMORY_MIB = 64;

/**
 * GPUs for a step: none, where utilisation and memory stayed idle on every GPU in every attempt; else as
 * many as are asked for. Low utilisation alone takes nothing away: a model that waits for data needs its
 * GPU all the same.
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
  const peakUtilization = Math.max(0, ...readings.map((gpu) => gpu.peakUtilization));
  const memoryPeaks = readings.flatMap((gpu) => gpu.peakMemoryMiB ?? []);
  const memoryLimits = readings.flatMap((gpu) => gpu.memoryLimitMiB ?? []);
  const isIdle =
    peakUtilization <= IDLE_UTILIZATION &&
    memoryPeaks.length === readings.length &&
    memoryPeaks.every((peak) => peak <= IDLE_MEMORY_MIB);
  const isUnused = requestedCount > 0 && readings.length >= minAttempts && isIdle;
  const facts = {
    requestedCount,
    attempts: readings.length,
    peakUtilization,
    meanUtilization:
      readings.reduce((sum, gpu) => sum + gpu.meanUtilization, 0) / Math.max(1, readings.length),
    ...(memoryPeaks.length === 0 ? {} : { peakMemoryMiB: Math.max(...memoryPeaks) }),
    ...(memoryLimits.length === 0 ? {} : { memoryLimitMiB: Math.max(...memoryLimits) }),
  };
  const seenCount = Math.max(0, ...readings.map((gpu) => gpu.seenCount));
  return {
    gpuCount: isUnused ? 0 : requestedCount,
    isChanged: isUnused,
    evidence: { ...facts, verdict: verdictWords(facts, { isIdle, isUnused, seenCount }) },
  };
}

function verdictWords(
  facts: Omit<GpuEvidence, 'verdict'>,
  state: { isIdle: boolean; isUnused: boolean; seenCount: number },
): string {
  const { requestedCount, attempts } = facts;
  if (attempts === 0) {
    return `No GPU readings, so nothing is said about the ${countWords(requestedCount, 'GPU')} requested.`;
  }
  const others =
    requestedCount > 0 && state.seenCount > requestedCount
      ? ` The attempts saw ${state.seenCount} GPUs though ${requestedCount} requested: readings may include the work of others.`
      : '';
  if (requestedCount === 0) {
    return `No GPU is requested, yet up to ${state.seenCount} were visible, busy ${shareWords(facts.peakUtilization)} at most.`;
  }
  if (state.isIdle) {
    const seen = `Utilisation and memory of every GPU stayed idle in ${countWords(attempts, 'attempt')}`;
    return state.isUnused
      ? `${seen}: the step does not use its ${countWords(requestedCount, 'GPU')}.${others}`
      : `${seen}: too few to give up ${countWords(requestedCount, 'GPU')}.${others}`;
  }
  const memory =
    facts.peakMemoryMiB === undefined
      ? ''
      : `, memory in use ${memoryWords(facts.peakMemoryMiB)} at most` +
        (facts.memoryLimitMiB === undefined ? '' : ` of ${memoryWords(facts.memoryLimitMiB)}`);
  return (
    `Busy ${shareWords(facts.meanUtilization)} of the time on average, ${shareWords(facts.peakUtilization)} at most${memory}. ` +
    `Utilisation is not need, so the count stays.${others}`
  );
}
