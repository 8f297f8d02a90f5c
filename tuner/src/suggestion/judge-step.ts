import { backendRules } from '../backend/effective-request.ts';
import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import type { ProjectFacts } from '../model/project-facts.ts';
import type { Grid } from '../sizing/bounds/grid.ts';
import { type CpuUsage, observeCpu } from '../sizing/cpu-usage.ts';
import { type MemoryObservation, observeMemory } from '../sizing/memory-observation.ts';
import { type CpuSizing, sizeCpu } from '../sizing/size-cpu.ts';
import { type GpuSizing, sizeGpu } from '../sizing/size-gpu.ts';
import { type MemorySizing, sizeMemory } from '../sizing/size-memory.ts';
import { MEMORY_STRATEGIES } from '../sizing/strategies/all.ts';
import { memoryEvidence, type MemoryEvidence } from './assemble-evidence.ts';
import type { StepSetup } from './step-setup.ts';

/** What was found out about each resource; absent where it is not asked for or too little is known. */
export interface StepJudgement {
  readonly observations: readonly MemoryObservation[];
  readonly usages: readonly CpuUsage[];
  readonly memory?: MemorySizing;
  readonly memoryEvidence?: MemoryEvidence;
  readonly cpu?: CpuSizing;
  readonly gpu?: GpuSizing;
}

export interface JudgeInput {
  readonly attempts: readonly AttemptUsage[];
  readonly setup: StepSetup;
  readonly policy: Policy;
  readonly prices: Prices;
  readonly projectFacts?: ProjectFacts;
}

/** Sizes memory, then cores beside that memory, then GPUs. */
export function judgeStep(input: JudgeInput): StepJudgement {
  const { attempts, setup, policy } = input;
  const observations = observeMemory(attempts);
  const usages = observeCpu(attempts);
  const memory = judgeMemory(input, observations);
  const memoryMiB = memory?.memory.plan.firstMiB ?? setup.effective.memoryMiB ?? 0;
  const cpu = judgeCpu(input, usages, memoryMiB);
  const gpu = sizeGpu(attempts, setup.effective.gpuCount ?? 0, policy.minAttempts);
  return {
    observations,
    usages,
    ...memory,
    ...(cpu === undefined ? {} : { cpu }),
    ...(gpu === undefined ? {} : { gpu }),
  };
}

function judgeMemory(
  { setup, policy, prices, projectFacts }: JudgeInput,
  observations: readonly MemoryObservation[],
): { memory: MemorySizing; memoryEvidence: MemoryEvidence } | undefined {
  const currentMiB = setup.effective.memoryMiB;
  if (currentMiB === undefined || currentMiB <= 0) return undefined;
  // Running out of memory is proof enough that more is needed, however few the attempts. Only attempts
  // that ran to their end can show that less would do.
  const isStarved = observations.some(
    ({ wasKilled, needMiB }) => wasKilled && needMiB > currentMiB,
  );
  const isEnough = ranToEnd(observations) >= policy.minAttempts;
  if (!isEnough && !isStarved) return undefined;
  const grid: Grid = {
    floor: policy.memoryFloorMiB,
    cap: policy.memoryCapMiB,
    step: policy.memoryStepMiB,
  };
  const strategy = MEMORY_STRATEGIES[policy.strategy];
  const known = {
    observations,
    currentMiB,
    policy,
    grid,
    prices,
    ...(projectFacts === undefined ? {} : { projectFacts }),
  };
  const memory = sizeMemory({ ...known, strategy });
  if (!isEnough && memory.plan.firstMiB < currentMiB) return undefined;
  return {
    memory,
    memoryEvidence: memoryEvidence({ ...known, plan: memory.plan }),
  };
}

/** Attempts whose need is known, of those whose memory was measured. */
export function ranToEnd(observations: readonly MemoryObservation[]): number {
  return observations.filter(({ knowledge }) => knowledge === 'exact').length;
}

function judgeCpu(
  { setup, policy, prices }: JudgeInput,
  usages: readonly CpuUsage[],
  memoryMiB: number,
): CpuSizing | undefined {
  const currentCores = setup.effective.cpuCores;
  if (currentCores === undefined || currentCores <= 0 || usages.length < policy.minAttempts) {
    return undefined;
  }
  const isWhole = backendRules(setup.backend).wholeCores && Number.isInteger(currentCores);
  const grid: Grid = {
    floor: policy.cpuFloorCores,
    cap: policy.cpuCapCores,
    step: isWhole ? Math.max(1, Math.ceil(policy.cpuStepCores)) : policy.cpuStepCores,
  };
  return sizeCpu({ usages, currentCores, memoryMiB, policy, grid, prices });
}
