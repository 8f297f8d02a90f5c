import { backendRules } from '../backend/effective-request.ts';
import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import type { ProjectFacts } from '../model/project-facts.ts';
import { coreGrid, memoryGrid } from '../sizing/bounds/policy-grids.ts';
import { type CpuUsage, observeCpu } from '../sizing/cpu-usage.ts';
import { fitToSizes, type SizesFit } from '../sizing/fit-to-sizes.ts';
import { type MemoryObservation, observeMemory } from '../sizing/memory-observation.ts';
import { type CpuSizing, sizeCpu } from '../sizing/size-cpu.ts';
import { type GpuSizing, sizeGpu } from '../sizing/size-gpu.ts';
import { type MemoryInput, type MemorySizing, sizeMemory } from '../sizing/size-memory.ts';
import { MEMORY_STRATEGIES } from '../sizing/strategies/all.ts';
import { memoryEvidence, type MemoryEvidence } from './assemble-evidence.ts';
import type { StepSetup } from './step-setup.ts';

/** What was found out about each resource; absent where it is not asked for or too little is known. */
export interface StepJudgement extends SizesFit {
  readonly observations: readonly MemoryObservation[];
  readonly usages: readonly CpuUsage[];
  readonly memoryEvidence?: MemoryEvidence;
  readonly gpu?: GpuSizing;
}

export interface JudgeInput {
  readonly attempts: readonly AttemptUsage[];
  readonly setup: StepSetup;
  readonly policy: Policy;
  readonly prices: Prices;
  readonly projectFacts?: ProjectFacts;
}

/**
 * Sizes memory and GPUs, then cores beside them, since those are paid for as long as the cores take; then
 * memory and cores together where only some combinations are valid.
 */
export function judgeStep(input: JudgeInput): StepJudgement {
  const { attempts, setup, policy, prices } = input;
  const { cpuCores = 0, memoryMiB = 0, gpuCount = 0 } = setup.effective;
  const observations = observeMemory(attempts);
  const usages = observeCpu(attempts);
  const memory = judgeMemory(input, observations);
  const gpu = sizeGpu(attempts, gpuCount, policy.minAttempts);
  const cpu = judgeCpu(input, usages, { memory, gpu });
  const fit = fitToSizes({
    ...(memory === undefined ? {} : { memory }),
    ...(cpu === undefined ? {} : { cpu }),
    current: { cpuCores, memoryMiB },
    prices,
  });
  return {
    observations,
    usages,
    ...fit,
    ...(fit.memory === undefined
      ? {}
      : {
          memoryEvidence: memoryEvidence({
            ...memoryInput(input, observations, memoryMiB),
            plan: fit.memory.plan,
          }),
        }),
    ...(gpu === undefined ? {} : { gpu }),
  };
}

function judgeMemory(
  input: JudgeInput,
  observations: readonly MemoryObservation[],
): MemorySizing | undefined {
  const { setup, policy } = input;
  const currentMiB = setup.effective.memoryMiB;
  if (currentMiB === undefined || currentMiB <= 0) return undefined;
  // Running out of memory is proof enough that more is needed, however few the attempts. Only attempts
  // that ran to their end can show that less would do.
  const isStarved = observations.some(
    ({ wasKilled, needMiB }) => wasKilled && needMiB > currentMiB,
  );
  const isEnough = ranToEnd(observations) >= policy.minAttempts;
  if (!isEnough && !isStarved) return undefined;
  const strategy = MEMORY_STRATEGIES[policy.strategy];
  const memory = sizeMemory({ ...memoryInput(input, observations, currentMiB), strategy });
  return !isEnough && memory.plan.firstMiB < currentMiB ? undefined : memory;
}

function memoryInput(
  { policy, prices, projectFacts }: JudgeInput,
  observations: readonly MemoryObservation[],
  currentMiB: number,
): Omit<MemoryInput, 'strategy'> {
  return {
    observations,
    currentMiB,
    policy,
    grid: memoryGrid(policy),
    prices,
    ...(projectFacts === undefined ? {} : { projectFacts }),
  };
}

/** Attempts whose need is known, of those whose memory was measured. */
export function ranToEnd(observations: readonly MemoryObservation[]): number {
  return observations.filter(({ knowledge }) => knowledge === 'exact').length;
}

function judgeCpu(
  { setup, policy, prices }: JudgeInput,
  usages: readonly CpuUsage[],
  {
    memory,
    gpu,
  }: { readonly memory: MemorySizing | undefined; readonly gpu: GpuSizing | undefined },
): CpuSizing | undefined {
  const { cpuCores: currentCores, memoryMiB = 0 } = setup.effective;
  if (currentCores === undefined || currentCores <= 0 || usages.length < policy.minAttempts) {
    return undefined;
  }
  const gpuMemoryMiB = gpu?.evidence.memoryLimitMiB;
  return sizeCpu({
    usages,
    currentCores,
    memoryMiB: memory?.plan.firstMiB ?? memoryMiB,
    gpuCount: gpu?.gpuCount ?? 0,
    ...(gpuMemoryMiB === undefined ? {} : { gpuMemoryMiB }),
    policy,
    grid: coreGrid(policy, backendRules(setup.backend), currentCores, prices.grid),
    prices,
  });
}
