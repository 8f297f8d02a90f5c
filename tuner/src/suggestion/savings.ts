import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import type { Savings } from '../model/suggestion.ts';
import { billedUnit } from '../prices/hourly-cost.ts';
import { type CostedTask, type Paid, replayCost } from '../replay/replay-cost.ts';
import { requestsUntilEnough } from '../replay/replay-value.ts';
import { memoryGrid } from '../sizing/bounds/policy-grids.ts';
import { type MemoryPlan, planMemory } from '../sizing/plan-memory.ts';
import type { StepJudgement } from './judge-step.ts';
import type { StepSetup } from './step-setup.ts';

const MS_PER_HOUR = 3_600_000;

export interface SavingsInput {
  readonly attempts: readonly AttemptUsage[];
  readonly setup: StepSetup;
  readonly judgement: StepJudgement;
  readonly policy: Policy;
  readonly prices: Prices;
}

/**
 * What the suggestion frees in a run, by replaying both the current and the suggested values over the
 * same attempts. Retries are charged, and memory and GPUs are held for as long as fewer cores stretch
 * the run.
 */
export function savingsOf(input: SavingsInput): Savings {
  const { prices, attempts, setup, judgement } = input;
  const { cpuCores, gpuCount } = setup.effective;
  const runs = new Set(attempts.map((usage) => usage.run)).size;
  const now = paidWith(input, currentPlan(input), cpuCores, gpuCount);
  const then = paidWith(
    input,
    judgement.memory?.plan ?? currentPlan(input),
    judgement.cpu?.cpuCores ?? cpuCores,
    judgement.gpu?.gpuCount ?? gpuCount,
  );
  const costUsd = now.costUsd - then.costUsd;
  return {
    gibHoursPerRun: (now.gibHours - then.gibHours) / runs,
    coreHoursPerRun: (now.coreHours - then.coreHours) / runs,
    gpuHoursPerRun: (now.gpuHours - then.gpuHours) / runs,
    costUsdPerRun: costUsd / runs,
    costShare: now.costUsd > 0 ? costUsd / now.costUsd : 0,
    billedUnit: billedUnit(prices),
  };
}

function paidWith(
  { attempts, judgement, prices }: SavingsInput,
  plan: MemoryPlan | undefined,
  cpuCores: number | undefined,
  gpuCount: number | undefined,
): Paid {
  const { cpu, gpu } = judgement;
  const gpuMemoryMiB = gpu?.evidence.memoryLimitMiB;
  const beside = {
    ...(cpuCores === undefined ? {} : { cpuCores }),
    ...(gpuCount === undefined ? {} : { gpuCount }),
    ...(gpuMemoryMiB === undefined ? {} : { gpuMemoryMiB }),
  };
  const stretchRatio = cpu === undefined || cpuCores === undefined ? 1 : cpu.stretchRatio(cpuCores);
  return replayCost(tasksUnder(plan, attempts, judgement), beside, stretchRatio, prices);
}

/** What is asked for today; undefined where no memory is. */
function currentPlan({ setup, judgement, policy }: SavingsInput): MemoryPlan | undefined {
  const { memoryMiB } = setup.effective;
  if (memoryMiB === undefined) return undefined;
  const needs = judgement.observations.map(({ needMiB }) => needMiB);
  return planMemory({
    firstMiB: memoryMiB,
    largestNeedMiB: Math.max(0, ...needs),
    declaredMiB: memoryMiB,
    grid: memoryGrid(policy),
  });
}

/**
 * The tasks, each with what its attempts ask for under the plan. Where memory is judged, a task whose need
 * is known runs until it is enough; every other attempt is taken to get along with what it asks for first.
 */
function tasksUnder(
  plan: MemoryPlan | undefined,
  attempts: readonly AttemptUsage[],
  { memory, observations }: StepJudgement,
): CostedTask[] {
  const observed = memory === undefined ? [] : observations;
  const known = new Set(observed.map(({ run, task }) => JSON.stringify([run, task])));
  const others = attempts.filter(({ run, task }) => !known.has(JSON.stringify([run, task])));
  return [
    ...observed.map(({ durationHours, needMiB }) => ({
      hours: durationHours,
      requestsMiB: plan === undefined ? [0] : requestsUntilEnough(needMiB, plan),
    })),
    ...others.map(({ durationMs }) => ({
      hours: durationMs / MS_PER_HOUR,
      requestsMiB: [plan?.firstMiB ?? 0],
    })),
  ];
}
