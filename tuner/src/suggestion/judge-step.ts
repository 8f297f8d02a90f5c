import { launchesEachTask } from '../backend/effective-request.ts';
import { learnFormula, type ProvenFormula } from '../hints/learn-formula.ts';
import { type CoresLearning, learnCores } from '../learning/learn-cores.ts';
import { learnMemory, type MemoryLearning } from '../learning/learn-memory.ts';
import type { AttemptUsage, ResourceAmounts } from '../model/attempt-usage.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import type { ProjectFacts } from '../model/project-facts.ts';
import type { ProjectNet } from '../model/project-net.ts';
import { rememberReplays } from '../replay/replay-strategy.ts';
import { memoryGrid } from '../sizing/bounds/policy-grids.ts';
import { type CpuUsage, observeCpu } from '../sizing/cpu-usage.ts';
import { fitToSizes, type SizesFit } from '../sizing/fit-to-sizes.ts';
import { type MemoryObservation, observeMemory } from '../sizing/memory-observation.ts';
import { strategyContext } from '../sizing/memory-strategy.ts';
import { type GpuSizing, sizeGpu } from '../sizing/size-gpu.ts';
import { type MemorySizing, riskBudget } from '../sizing/size-memory.ts';
import { withSmallerCard } from '../sizing/smaller-card.ts';
import {
  memoryEvidence,
  type MemoryEvidence,
  type MemoryEvidenceInput,
} from './assemble-evidence.ts';
import { judgeCores } from './judge-cores.ts';
import { judgeMemory } from './judge-memory.ts';
import type { StepSetup } from './step-setup.ts';

/** What was found out about each resource; absent where it is not asked for or too little is known. */
export interface StepJudgement extends SizesFit {
  /** Those that count: `learning` says why others do not. */
  readonly observations: readonly MemoryObservation[];
  readonly usages: readonly CpuUsage[];
  readonly learning: { readonly memory: MemoryLearning; readonly cores: CoresLearning };
  /** Absent, too, where nothing changes: a proof of nothing is not worth its time. */
  readonly memoryEvidence?: MemoryEvidence;
  /** Memory by what is known of each task, where that is proven and saves. */
  readonly formula?: ProvenFormula;
  readonly gpu?: GpuSizing;
}

export interface JudgeInput {
  readonly flow: string;
  readonly step: string;
  readonly attempts: readonly AttemptUsage[];
  readonly setup: StepSetup;
  readonly policy: Policy;
  readonly prices: Prices;
  readonly projectFacts?: ProjectFacts;
  readonly nets?: readonly ProjectNet[];
}

/**
 * Sizes memory and GPUs, then cores beside them, since those are paid for as long as the cores take; then
 * memory and cores together where only some combinations are valid.
 */
export function judgeStep(input: JudgeInput): StepJudgement {
  const { attempts, setup, policy, prices } = input;
  const { cpuCores = 0, memoryMiB = 0, gpuCount = 0 } = setup.effective;
  const options = { minAttempts: policy.minAttempts, materialRatio: policy.toleranceRatio };
  const learning = {
    memory: learnMemory(observeMemory(attempts), { ...options, currentMiB: memoryMiB }),
    cores: learnCores(observeCpu(attempts), attempts, options),
  };
  const grid = memoryGrid(policy);
  const replayOf = rememberReplays({
    context: strategyContext(policy, input.projectFacts),
    declaredMiB: memoryMiB,
    minAttempts: policy.minAttempts,
    grid,
    prices,
  });
  const known = { ...input, grid, currentMiB: memoryMiB, replayOf };
  const memory = memoryMiB > 0 ? judgeMemory({ ...known, learning: learning.memory }) : undefined;
  const gpu = sizeGpu(attempts, gpuCount, policy.minAttempts);
  const cpu = judgeCores({ ...input, learning: learning.cores, memory, gpu });
  const fit = fitToSizes({
    ...(memory === undefined ? {} : { memory }),
    ...(cpu === undefined ? {} : { cpu }),
    current: { cpuCores, memoryMiB },
    prices,
  });
  const { observations } = learning.memory;
  const beside = sizedOf(fit, setup.effective);
  const isChanging = [fit.memory, fit.cpu, gpu].some((sizing) => sizing?.isChanged === true);
  return {
    observations,
    usages: learning.cores.usages,
    learning,
    ...fit,
    ...(fit.memory && proveMemory(fit.memory, { ...known, observations, isChanging })),
    ...(gpu === undefined ? {} : { gpu: withSmallerCard(gpu, { attempts, beside, prices }) }),
  };
}

type ProofInput = Omit<MemoryEvidenceInput, 'plan' | 'formula'> & {
  readonly setup: StepSetup;
  /** Whether anything is about to be suggested. */
  readonly isChanging: boolean;
};

function proveMemory(
  memory: MemorySizing,
  known: ProofInput,
): Pick<StepJudgement, 'memoryEvidence' | 'formula'> {
  const { plan } = memory;
  const formula = mayVary(memory, known.setup)
    ? learnFormula({ ...known, plan, budget: riskBudget(known.policy) })
    : undefined;
  if (formula !== undefined) {
    return { formula, memoryEvidence: memoryEvidence({ ...known, plan, formula }) };
  }
  return known.isChanging ? { memoryEvidence: memoryEvidence({ ...known, plan }) } : {};
}

/**
 * Whether tasks may be sized one by one. What holds a smaller value back for another reason than its proof
 * holds back smaller ones by features; and where the value stays, somebody has to launch each task by itself.
 */
function mayVary({ kept }: MemorySizing, { backend }: StepSetup): boolean {
  if (kept === undefined) return true;
  return (kept === 'unproven' || kept === 'within-tolerance') && launchesEachTask(backend);
}

/** Cores and memory as they should be asked for. */
function sizedOf({ memory, cpu }: SizesFit, effective: ResourceAmounts): ResourceAmounts {
  const cpuCores = cpu?.cpuCores ?? effective.cpuCores;
  const memoryMiB = memory?.plan.firstMiB ?? effective.memoryMiB;
  return {
    ...(cpuCores === undefined ? {} : { cpuCores }),
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
  };
}
