import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { Prices } from '../model/prices.ts';
import type { Savings } from '../model/suggestion.ts';
import type { StepJudgement } from './judge-step.ts';
import type { StepSetup } from './step-setup.ts';

const MS_PER_HOUR = 3_600_000;

interface Paid {
  readonly gibHours: number;
  readonly coreHours: number;
  readonly gpuHours: number;
}

export interface SavingsInput {
  readonly attempts: readonly AttemptUsage[];
  readonly setup: StepSetup;
  readonly judgement: StepJudgement;
  readonly prices: Prices;
}

/**
 * What the suggestion frees in a run, by replaying both the current and the suggested values over the
 * same attempts. Retries are charged, and memory and GPUs are held for as long as fewer cores stretch
 * the run. It is capacity freed; money is saved once a machine can go.
 */
export function savingsOf(input: SavingsInput): Savings {
  const { prices, attempts, setup, judgement } = input;
  const runs = new Set(attempts.map((usage) => usage.run)).size;
  const { cpuCores, gpuCount } = setup.effective;
  const now = paidWith(input, 'current', cpuCores, gpuCount);
  const then = paidWith(
    input,
    'suggested',
    judgement.cpu?.cpuCores ?? cpuCores,
    judgement.gpu?.gpuCount ?? gpuCount,
  );
  const freed = {
    gibHours: (now.gibHours - then.gibHours) / runs,
    coreHours: (now.coreHours - then.coreHours) / runs,
    gpuHours: (now.gpuHours - then.gpuHours) / runs,
  };
  const costNow = costOf(now, prices) / runs;
  const costUsdPerRun = costOf(freed, prices);
  return {
    gibHoursPerRun: freed.gibHours,
    coreHoursPerRun: freed.coreHours,
    gpuHoursPerRun: freed.gpuHours,
    costUsdPerRun,
    costShare: costNow > 0 ? costUsdPerRun / costNow : 0,
  };
}

function paidWith(
  { attempts, judgement }: SavingsInput,
  label: 'current' | 'suggested',
  cpuCores: number | undefined,
  gpuCount = 0,
): Paid {
  const { cpu, memoryEvidence } = judgement;
  const rows = memoryEvidence?.memoryReplay ?? [];
  // Where memory stays as it is, the replay has no row of its own for what is suggested.
  const [memory] = [...rows.filter((row) => row.label === label), ...rows];
  const stretchRatio = cpu === undefined || cpuCores === undefined ? 1 : cpu.stretchRatio(cpuCores);
  const point = cpu?.curve.find((candidate) => candidate.cpuCores === cpuCores);
  const hours = attempts.reduce((sum, usage) => sum + usage.durationMs, 0) / MS_PER_HOUR;
  return {
    gibHours: (memory?.paidGibHours ?? 0) * stretchRatio,
    coreHours: point?.paidCoreHours ?? 0,
    gpuHours: gpuCount * hours * stretchRatio,
  };
}

function costOf({ gibHours, coreHours, gpuHours }: Paid, prices: Prices): number {
  return (
    gibHours * prices.memoryGibHourUsd +
    coreHours * prices.cpuCoreHourUsd +
    gpuHours * prices.gpuHourUsd
  );
}
