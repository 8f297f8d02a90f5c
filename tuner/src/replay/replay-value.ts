import type { MemoryReplay, NamedAttempt } from '../model/evidence.ts';
import type { Prices } from '../model/prices.ts';
import type { MemoryObservation } from '../sizing/memory-observation.ts';
import type { MemoryPlan } from '../sizing/plan-memory.ts';

const MIB_PER_GIB = 1024;
const WORST_SHOWN = 5;

/** What one task would have cost under a plan. */
export interface ReplayedTask {
  readonly observation: MemoryObservation;
  readonly isFailed: boolean;
  readonly paidGibHours: number;
  readonly retryHours: number;
}

/**
 * Runs one task under a plan. A request below the need fails after the whole running time (the
 * pessimistic choice, and the literature's) and is paid for in full; the next value of the plan is tried
 * until one is enough. Should even the last be too small, somebody raises it to the need.
 */
export function replayTask(observation: MemoryObservation, plan: MemoryPlan): ReplayedTask {
  const { needMiB, durationHours } = observation;
  const requestsMiB = requestsUntilEnough(needMiB, plan);
  const paidMiB = requestsMiB.reduce((sum, requestMiB) => sum + requestMiB, 0);
  const failures = requestsMiB.length - 1;
  return {
    observation,
    isFailed: failures > 0,
    paidGibHours: (paidMiB / MIB_PER_GIB) * durationHours,
    retryHours: failures * durationHours,
  };
}

/** What each attempt of a task would have asked for, MiB, up to the first that is enough. */
export function requestsUntilEnough(needMiB: number, plan: MemoryPlan): number[] {
  const requestsMiB = [plan.firstMiB, plan.secondMiB, plan.lastMiB, needMiB];
  return requestsMiB.slice(0, requestsMiB.findIndex((requestMiB) => requestMiB >= needMiB) + 1);
}

/** Replays one fixed plan over every observation of a step. */
export function replayValue(
  observations: readonly MemoryObservation[],
  plan: MemoryPlan,
  label: string,
  prices: Prices,
): MemoryReplay {
  const tasks = observations.map((observation) => replayTask(observation, plan));
  return { kind: 'value', label, memoryMiB: plan.firstMiB, ...summarizeReplay(tasks, prices) };
}

/** Sums up replayed tasks; the worst are the failed ones of greatest need. */
export function summarizeReplay(
  tasks: readonly ReplayedTask[],
  prices: Prices,
): Omit<MemoryReplay, 'kind' | 'label' | 'memoryMiB'> {
  const failed = tasks.filter((task) => task.isFailed).map((task) => task.observation);
  let paidGibHours = 0;
  let neededGibHours = 0;
  let retryHours = 0;
  for (const task of tasks) {
    paidGibHours += task.paidGibHours;
    neededGibHours += (task.observation.needMiB / MIB_PER_GIB) * task.observation.durationHours;
    retryHours += task.retryHours;
  }
  return {
    attempts: tasks.length,
    failures: failed.length,
    worst: largestByName(failed),
    paidGibHours,
    wastedGibHours: Math.max(0, paidGibHours - neededGibHours),
    retryHours,
    costUsd: paidGibHours * prices.memoryGibHourUsd,
  };
}

/** The five observations of greatest need, as evidence names them; ties in the order given. */
export function largestByName(observations: readonly MemoryObservation[]): NamedAttempt[] {
  return observations
    .toSorted((a, b) => b.needMiB - a.needMiB)
    .slice(0, WORST_SHOWN)
    .map(({ run, task, attempt, seenMiB }) => ({ run, task, attempt, peakMemoryMiB: seenMiB }));
}
