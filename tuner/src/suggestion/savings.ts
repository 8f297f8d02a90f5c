import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import type { Savings } from '../model/suggestion.ts';
import { billedUnit } from '../prices/hourly-cost.ts';
import { type CostedTask, type Paid, replayCost } from '../replay/replay-cost.ts';
import { requestsUntilEnough } from '../replay/replay-value.ts';
import { memoryGrid } from '../sizing/bounds/policy-grids.ts';
import { type MemoryObservation, observeMemory } from '../sizing/memory-observation.ts';
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
 * attempts that memory was sized by, and those that did not measure it. Retries are charged, and memory and
 * GPUs are held for as long as fewer cores stretch the run.
 */
export function savingsOf(input: SavingsInput): Savings {
  const { prices, setup, judgement } = input;
  const { cpuCores, gpuCount } = setup.effective;
  const runs = new Set(tasksUnder(undefined, input).map(({ run }) => run)).size;
  const now = paidWith(input, currentPlan(input), cpuCores, gpuCount);
  const { memory, formula } = judgement;
  const isByFormula = memory?.isChanged === false && formula !== undefined;
  const then = paidWith(
    input,
    isByFormula ? formula.planFor : (memory?.plan ?? currentPlan(input)),
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
  input: SavingsInput,
  plan: Planned,
  cpuCores: number | undefined,
  gpuCount: number | undefined,
): Paid {
  const { cpu, gpu } = input.judgement;
  const gpuMemoryMiB = gpu?.evidence.memoryLimitMiB;
  const beside = {
    ...(cpuCores === undefined ? {} : { cpuCores }),
    ...(gpuCount === undefined ? {} : { gpuCount }),
    ...(gpuMemoryMiB === undefined ? {} : { gpuMemoryMiB }),
  };
  const stretchRatio = cpu === undefined || cpuCores === undefined ? 1 : cpu.stretchRatio(cpuCores);
  return replayCost(tasksUnder(plan, input), beside, stretchRatio, input.prices);
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
    retry: policy,
  });
}

interface RunTask extends CostedTask {
  readonly run: string;
}

/** One plan for all tasks, or one for each; undefined where no memory is asked for. */
type Planned = MemoryPlan | ((observation: MemoryObservation) => MemoryPlan) | undefined;

/**
 * The tasks, each with what its attempts ask for under the plan. A task whose need is known runs until it is
 * enough; an attempt that did not measure its memory is taken to get along with what it asks for first. What
 * memory was not sized by, such as attempts of older code, does not count.
 */
function tasksUnder(planned: Planned, { attempts, judgement, setup }: SavingsInput): RunTask[] {
  const observed = judgement.memory === undefined ? [] : judgement.observations;
  const measured = new Set(
    (judgement.memory === undefined ? [] : observeMemory(attempts)).map(keyOf),
  );
  const others = attempts.filter((usage) => !measured.has(keyOf(usage)));
  return [
    ...observed.map((observation) => {
      const { run, durationHours, needMiB } = observation;
      const plan = typeof planned === 'function' ? planned(observation) : planned;
      const requestsMiB = plan === undefined ? [0] : requestsUntilEnough(needMiB, plan);
      return { run, hours: durationHours, requestsMiB };
    }),
    ...others.map(({ run, durationMs }) => ({
      run,
      hours: durationMs / MS_PER_HOUR,
      requestsMiB: [
        typeof planned === 'function' ? (setup.effective.memoryMiB ?? 0) : (planned?.firstMiB ?? 0),
      ],
    })),
  ];
}

function keyOf({ run, task }: { readonly run: string; readonly task: string }): string {
  return JSON.stringify([run, task]);
}
