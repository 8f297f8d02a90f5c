import { learnCores } from '../learning/learn-cores.ts';
import { learnMemory } from '../learning/learn-memory.ts';
import type { Suggestion } from '../model/suggestion.ts';
import type { ReplayBasis } from '../replay/replay-request.ts';
import { memoryGrid } from '../sizing/bounds/policy-grids.ts';
import { observeCpu } from '../sizing/cpu-usage.ts';
import { observeMemory } from '../sizing/memory-observation.ts';
import { sizeGpu } from '../sizing/size-gpu.ts';
import { riskBudget } from '../sizing/size-memory.ts';
import type { StepInput } from './decide-step.ts';
import { judgeCores } from './judge-cores.ts';
import { currentSetup, type StepSetup } from './step-setup.ts';

/** Of a step none of whose attempts has ended. */
const NO_SETUP: StepSetup = { backend: 'command', declared: {}, effective: {}, decorators: [] };

export interface StepReplayBasis {
  readonly setup: StepSetup;
  readonly basis: ReplayBasis;
}

/**
 * What a verdict on the step rests on, ready to replay other requests: the attempts that count, and the
 * running time at other counts of cores. Far cheaper than the verdict itself, which replays every strategy.
 *
 * @param plan of the suggestion in force, where there is one.
 */
export function replayBasis(
  { history, policy, prices, projectFacts }: StepInput,
  plan: Suggestion['plan'] | undefined,
): StepReplayBasis {
  const attempts = history.filter(({ outcome }) => outcome !== 'cached');
  const setup = currentSetup(attempts) ?? NO_SETUP;
  const { memoryMiB, gpuCount = 0 } = setup.effective;
  const options = { minAttempts: policy.minAttempts, materialRatio: policy.toleranceRatio };
  const memory = learnMemory(observeMemory(attempts), { ...options, currentMiB: memoryMiB ?? 0 });
  const learning = learnCores(observeCpu(attempts), attempts, options);
  const gpu = sizeGpu(attempts, gpuCount, policy.minAttempts);
  const cpu = judgeCores({ learning, setup, policy, prices, memory: undefined, gpu });
  const gpuMemoryMiB = gpu?.evidence.memoryLimitMiB;
  const suggestedPlan = plan === undefined ? undefined : memoryPlan(plan);
  return {
    setup,
    basis: {
      observations: memory.observations,
      ...(memoryMiB === undefined ? {} : { currentMiB: memoryMiB }),
      ...(suggestedPlan === undefined ? {} : { suggestedPlan }),
      grid: memoryGrid(policy),
      retry: { tailIndex: policy.tailIndex, retryCost: policy.retryCost },
      risk: riskBudget(policy, projectFacts),
      prices,
      stretches: (cpu?.curve ?? []).map(({ cpuCores, stretchRatio, bestRatio }) => ({
        cpuCores,
        stretchRatio,
        ...(bestRatio === undefined ? {} : { bestRatio }),
      })),
      ...(gpuMemoryMiB === undefined ? {} : { gpuMemoryMiB }),
    },
  };
}

function memoryPlan({ first, second, last }: Suggestion['plan']): ReplayBasis['suggestedPlan'] {
  const [firstMiB, secondMiB, lastMiB] = [first.memoryMiB, second.memoryMiB, last.memoryMiB];
  if (firstMiB === undefined || secondMiB === undefined || lastMiB === undefined) return undefined;
  return { firstMiB, secondMiB, lastMiB };
}
