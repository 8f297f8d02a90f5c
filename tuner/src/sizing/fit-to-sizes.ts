import type { ResourceAmounts } from '../model/attempt-usage.ts';
import type { CpuReplay } from '../model/evidence.ts';
import type { Prices } from '../model/prices.ts';
import { billedSize, type TaskSize } from '../prices/billed-size.ts';
import { hourlyCostUsd } from '../prices/hourly-cost.ts';
import { coresWords, memoryWords } from '../words/amounts.ts';
import type { MemoryPlan } from './plan-memory.ts';
import { type CpuSizing, labelOf } from './size-cpu.ts';
import type { KeepCode, MemorySizing } from './size-memory.ts';

export interface SizesInput {
  /** Absent where memory or cores were not judged. */
  readonly memory?: MemorySizing;
  readonly cpu?: CpuSizing;
  /** What is asked for now. */
  readonly current: TaskSize;
  readonly prices: Prices;
}

export interface SizesFit {
  readonly memory?: MemorySizing;
  readonly cpu?: CpuSizing;
  /** Both together as they should be asked for; absent where nothing changes or any size is valid. */
  readonly size?: TaskSize;
  /** Why both together, in a sentence. */
  readonly sizeWords?: string;
}

/**
 * Memory and cores on a backend that takes only some combinations of them: rounded up together to the
 * cheapest valid size that covers both. What costs no less than what is billed now, and is not needed, is
 * not suggested; neither is a resource changed that was not judged, unless memory must grow.
 */
export function fitToSizes(input: SizesInput): SizesFit {
  const { memory, cpu, prices } = input;
  const isAnyChanged = memory?.isChanged === true || cpu?.isChanged === true;
  if (prices.grid === undefined || !isAnyChanged) {
    return { ...(memory && { memory }), ...(cpu && { cpu }) };
  }
  const need = neededSize(input);
  const size = billedSize(need, prices.grid, prices);
  if (size === undefined) {
    return kept(input, 'capped', `${prices.grid.name} has no size for ${sizeWords(need)}`);
  }
  const reason = reasonToKeep(size, need, input);
  if (reason !== undefined) {
    return kept(input, 'within-tolerance', `${prices.grid.name} ${reason}`);
  }
  return {
    ...(memory && { memory: withMemory(memory, size, input) }),
    ...(cpu && { cpu: withCores(cpu, size, input.current) }),
    size,
    sizeWords: `${sizeWords(size)} is the cheapest size of ${prices.grid.name} that covers both`,
  };
}

function neededSize({ memory, cpu, current }: SizesInput): TaskSize {
  return {
    cpuCores: cpu?.cpuCores ?? current.cpuCores,
    memoryMiB: memory?.plan.firstMiB ?? current.memoryMiB,
  };
}

/** What memory needs is given, whatever it costs and whatever comes with it. */
function reasonToKeep(
  size: TaskSize,
  need: TaskSize,
  { memory, cpu, current, prices }: SizesInput,
): string | undefined {
  if (need.memoryMiB > current.memoryMiB) return undefined;
  const isSameBill = hourlyCostUsd(size, prices) >= hourlyCostUsd(current, prices);
  if (isSameBill && need.cpuCores <= current.cpuCores) {
    return `bills ${sizeWords(need)} like what is asked for now`;
  }
  const isUnjudgedChange =
    (memory === undefined && size.memoryMiB !== current.memoryMiB) ||
    (cpu === undefined && size.cpuCores !== current.cpuCores);
  return isUnjudgedChange ? 'has no size that changes one without the other' : undefined;
}

/** The request with cores and memory raised to a valid size; as it is where any size is, or none is enough. */
export function validRequest(
  request: ResourceAmounts,
  { grid, ...prices }: Prices,
): ResourceAmounts {
  const { cpuCores = 0, memoryMiB } = request;
  if (grid === undefined || memoryMiB === undefined) return request;
  return { ...request, ...billedSize({ cpuCores, memoryMiB }, grid, prices) };
}

/** Everything as it is asked for now; what should have changed says why it does not. */
function kept({ memory, cpu, current }: SizesInput, code: KeepCode, words: string): SizesFit {
  return {
    ...(memory && {
      memory: {
        ...memory,
        plan: {
          firstMiB: current.memoryMiB,
          secondMiB: Math.max(current.memoryMiB, memory.plan.secondMiB),
          lastMiB: Math.max(current.memoryMiB, memory.plan.lastMiB),
        },
        isChanged: false,
        ...(memory.isChanged && { kept: code, words }),
      },
    }),
    ...(cpu && {
      cpu: {
        ...cpu,
        cpuCores: current.cpuCores,
        isChanged: false,
        curve: relabelled(cpu.curve, current.cpuCores, current.cpuCores),
        ...(cpu.isChanged && { words }),
      },
    }),
  };
}

function withMemory(
  memory: MemorySizing,
  size: TaskSize,
  { current, prices }: SizesInput,
): MemorySizing {
  function sized(memoryMiB: number): number {
    return validRequest({ ...size, memoryMiB }, prices).memoryMiB ?? memoryMiB;
  }
  const plan: MemoryPlan = {
    firstMiB: size.memoryMiB,
    secondMiB: sized(Math.max(size.memoryMiB, memory.plan.secondMiB)),
    lastMiB: sized(Math.max(size.memoryMiB, memory.plan.lastMiB)),
  };
  const isChanged = size.memoryMiB !== current.memoryMiB;
  return {
    ...memory,
    plan,
    isChanged,
    ...(memory.isChanged ? {} : { words: `it comes with ${coresWords(size.cpuCores)}` }),
  };
}

function withCores(cpu: CpuSizing, { cpuCores }: TaskSize, current: TaskSize): CpuSizing {
  return {
    ...cpu,
    cpuCores,
    isChanged: cpuCores !== current.cpuCores,
    ...(cpuCores === cpu.cpuCores ? {} : { words: 'they come with the memory' }),
    curve: relabelled(cpu.curve, current.cpuCores, cpuCores),
  };
}

function relabelled(curve: CpuSizing['curve'], current: number, suggested: number): CpuReplay[] {
  return curve.map((point) => ({ ...point, label: labelOf(point.cpuCores, current, suggested) }));
}

function sizeWords({ cpuCores, memoryMiB }: TaskSize): string {
  return `${coresWords(cpuCores)} with ${memoryWords(memoryMiB)}`;
}
