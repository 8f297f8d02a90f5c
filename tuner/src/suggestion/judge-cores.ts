import { backendRules } from '../backend/effective-request.ts';
import type { RequestRelation } from '../learning/follows-request.ts';
import type { CoresLearning } from '../learning/learn-cores.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import { coreGrid } from '../sizing/bounds/policy-grids.ts';
import { type CpuSizing, sizeCpu } from '../sizing/size-cpu.ts';
import type { GpuSizing } from '../sizing/size-gpu.ts';
import type { MemorySizing } from '../sizing/size-memory.ts';
import { coresWords } from '../words/amounts.ts';
import { followsWords } from './learning-words.ts';
import type { StepSetup } from './step-setup.ts';

export interface CoresJudgeInput {
  readonly learning: CoresLearning;
  readonly setup: StepSetup;
  readonly policy: Policy;
  readonly prices: Prices;
  /** What is paid for as long as the cores take; absent where it was not judged. */
  readonly memory: MemorySizing | undefined;
  readonly gpu: GpuSizing | undefined;
}

/**
 * Sizes cores by the usages that count. Where usage follows the cores there are, none are taken away.
 *
 * @returns undefined where too little is known to say anything.
 */
export function judgeCores(input: CoresJudgeInput): CpuSizing | undefined {
  const { learning, setup, policy } = input;
  const currentCores = setup.effective.cpuCores ?? 0;
  if (currentCores <= 0 || learning.usages.length < policy.minAttempts) return undefined;
  const cpu = sizeLearnt(input, currentCores);
  const isBlindShrink = learning.cores.kind === 'follows' && cpu.cpuCores < currentCores;
  return isBlindShrink ? withCoresKept(cpu, learning.cores, currentCores) : cpu;
}

function sizeLearnt(
  { learning, setup, policy, prices, memory, gpu }: CoresJudgeInput,
  currentCores: number,
): CpuSizing {
  const gpuMemoryMiB = gpu?.evidence.memoryLimitMiB;
  return sizeCpu({
    usages: learning.usages,
    currentCores,
    memoryMiB: memory?.plan.firstMiB ?? setup.effective.memoryMiB ?? 0,
    gpuCount: gpu?.gpuCount ?? 0,
    ...(gpuMemoryMiB === undefined ? {} : { gpuMemoryMiB }),
    policy,
    grid: coreGrid(policy, backendRules(setup.backend), currentCores, prices.grid),
    prices,
  });
}

/** Fewer cores would be used less in turn, so that the replay cannot say how much longer it would take. */
function withCoresKept(cpu: CpuSizing, cores: RequestRelation, currentCores: number): CpuSizing {
  return {
    ...cpu,
    cpuCores: currentCores,
    isChanged: false,
    isHeld: true,
    words: `${followsWords(cores, coresWords)}. With fewer it may take longer than the replay says: set its number of threads, or try one step less and watch it`,
    curve: cpu.curve.map((point) => ({
      ...point,
      label: point.cpuCores === currentCores ? 'current' : 'neighbour',
    })),
  };
}
