import { asksFor } from '../lifecycle/standing.ts';
import { hasValuesOf } from '../lifecycle/watch.ts';
import type { AttemptUsage, ResourceAmounts } from '../model/attempt-usage.ts';
import { isByFeatures } from '../model/by-features.ts';
import type { LedgerEntry } from '../model/ledger.ts';
import type { Prices } from '../model/prices.ts';
import type { Resources, Suggestion } from '../model/suggestion.ts';
import { hourlyCostUsd } from '../prices/hourly-cost.ts';
import { interval, redraw, RESAMPLES, resampler } from './bootstrap.ts';

/** As much of an attempt as the ledger reads. */
export type PaidAttempt = Pick<
  AttemptUsage,
  | 'run'
  | 'task'
  | 'attempt'
  | 'startedAtMs'
  | 'endedAtMs'
  | 'durationMs'
  | 'outcome'
  | 'request'
  | 'hint'
>;

/** What was saved, resample by resample, so that sums over suggestions have intervals, too. */
export interface Realised {
  readonly entry: LedgerEntry;
  readonly resampled: readonly Amounts[];
}

export const AMOUNTS = ['costUsd', 'gibHours', 'coreHours', 'gpuHours'] as const;
export type Amounts = Readonly<Record<(typeof AMOUNTS)[number], number>>;

const MS_PER_HOUR = 3_600_000;
const MIB_PER_GIB = 1024;
const NOTHING: Amounts = { costUsd: 0, gibHours: 0, coreHours: 0, gpuHours: 0 };
/** Fewer tell nothing of the running time. */
const LEAST_COMPARED = 5;

/** A task with the values: what all of its attempts paid, and how long the one took that succeeded. */
interface Task {
  readonly run: string;
  readonly paid: Amounts;
  readonly neededHours: number;
  readonly retryCostUsd: number;
  readonly isRetried: boolean;
}

/**
 * What a suggestion has saved against a baseline, which is what the source asks for unless another is given:
 * for each task that had its values, what the baseline would have paid for the attempt that succeeded, less
 * what all of its attempts paid. So each task is its own comparison, and what differs between tasks cancels.
 * Where tasks without the values ran beside or before it, the time is first divided by how much longer it
 * takes with them (ratio of mean running times).
 *
 * The interval is the middle 95 % of a bootstrap over whole runs, since tasks of a run share its input and its
 * day (Cameron, Gelbach, Miller 2008, "Bootstrap-based improvements for inference with clustered errors");
 * nothing is supposed of how savings are distributed. With fewer runs than ten it is too narrow.
 *
 * @returns undefined where no task that ended had the values.
 */
export function realisedSavings(
  suggestion: Suggestion,
  attempts: readonly PaidAttempt[],
  prices: Prices,
  baseline: Resources = suggestion.effective,
): Realised | undefined {
  const tasks = tasksWith(suggestion, attempts, prices);
  const [first] = tasks;
  if (first === undefined) return undefined;
  const compared = comparedWith(suggestion, attempts);
  const isComparable = compared.length >= LEAST_COMPARED;
  const runs = byRun(tasks).map(sumOfTasks);
  const others = isComparable ? byRun(compared).map(sumOfCompared) : [];
  const slowdownRatio = slowdownOf(runs, others);
  const estimate = savedBy(runs, baseline, slowdownRatio, prices);
  const random = resampler(SEED);
  const resampled = Array.from({ length: RESAMPLES }, () => {
    const drawn = redraw(runs, random);
    return savedBy(drawn, baseline, slowdownOf(drawn, redraw(others, random)), prices);
  });
  const times = attempts.filter((usage) => hasValuesOf(suggestion, usage));
  return {
    resampled,
    entry: {
      suggestionId: suggestion.suggestionId,
      flow: suggestion.flow,
      step: suggestion.step,
      state: suggestion.state,
      from: baseline,
      to: suggestion.rollout?.plan.first ?? suggestion.suggestedEffective,
      firstAt: isoTime(Math.min(...times.map(({ startedAtMs }) => startedAtMs))),
      lastAt: isoTime(Math.max(...times.map(({ endedAtMs }) => endedAtMs))),
      tasks: tasks.length,
      runs: runs.length,
      retries: tasks.filter(({ isRetried }) => isRetried).length,
      retryCostUsd: tasks.reduce((sum, { retryCostUsd }) => sum + retryCostUsd, 0),
      slowdownRatio,
      comparedTasks: isComparable ? compared.length : 0,
      predictedCostUsd: predictedUsd(suggestion, baseline, tasks.length, prices),
      realised: intervalsOf(estimate, resampled),
    },
  };
}

/** Any will do: it only has to be the same tomorrow. */
const SEED = 20_261_123;

export function intervalsOf(
  estimate: Amounts,
  resampled: readonly Amounts[],
): LedgerEntry['realised'] {
  function of(key: keyof Amounts): LedgerEntry['realised']['costUsd'] {
    return interval(
      estimate[key],
      resampled.map((amounts) => amounts[key]),
    );
  }
  return {
    costUsd: of('costUsd'),
    gibHours: of('gibHours'),
    coreHours: of('coreHours'),
    gpuHours: of('gpuHours'),
  };
}

export function sumOf(all: readonly Amounts[]): Amounts {
  return all.reduce(
    (sum, one) => ({
      costUsd: sum.costUsd + one.costUsd,
      gibHours: sum.gibHours + one.gibHours,
      coreHours: sum.coreHours + one.coreHours,
      gpuHours: sum.gpuHours + one.gpuHours,
    }),
    NOTHING,
  );
}

/** Tasks whose first attempt had the values and that succeeded in the end, with all they paid. */
function tasksWith(
  suggestion: Suggestion,
  attempts: readonly PaidAttempt[],
  prices: Prices,
): Task[] {
  const byTask = Map.groupBy(attempts, ({ run, task }) => JSON.stringify([run, task]));
  return [...byTask.values()].flatMap((all) => {
    const first = all.find(({ attempt }) => attempt === 0);
    const last = all.find(({ outcome }) => outcome === 'succeeded');
    if (first === undefined || last === undefined || !hasValuesOf(suggestion, first)) return [];
    const failed = all.filter(({ outcome }) => outcome === 'oom');
    // An attempt that failed for another reason would have failed with any values.
    const charged = [...failed, last];
    return [
      {
        run: first.run,
        paid: sumOf(charged.map((usage) => paidFor(usage.request, hoursOf(usage), prices))),
        neededHours: hoursOf(last),
        isRetried: first.outcome === 'oom',
        retryCostUsd: sumOf(failed.map((usage) => paidFor(usage.request, hoursOf(usage), prices)))
          .costUsd,
      },
    ];
  });
}

/** First attempts that succeeded with the values before: they ran beside those with the new ones, or before. */
function comparedWith(suggestion: Suggestion, attempts: readonly PaidAttempt[]): PaidAttempt[] {
  const before = suggestion.rollout?.previous ?? suggestion.effective;
  const succeeded = attempts.filter(
    (usage) =>
      usage.attempt === 0 &&
      usage.outcome === 'succeeded' &&
      !hasValuesOf(suggestion, usage) &&
      asksFor(usage.request, before),
  );
  const beside = succeeded.filter(({ hint }) => hint?.arm === 'control');
  if (beside.length >= LEAST_COMPARED) return beside;
  // What ran before tells of other days as well; it is asked only where the cores changed.
  const cores = suggestion.rollout?.plan.first.cpuCores ?? suggestion.suggestedEffective.cpuCores;
  return cores === before.cpuCores ? [] : succeeded;
}

/** A run's tasks summed up, since a run is drawn as a whole. */
interface RunSum {
  readonly tasks: number;
  readonly neededHours: number;
  readonly paid: Amounts;
}

function sumOfTasks(tasks: readonly Task[]): RunSum {
  return {
    tasks: tasks.length,
    neededHours: tasks.reduce((sum, { neededHours }) => sum + neededHours, 0),
    paid: sumOf(tasks.map(({ paid }) => paid)),
  };
}

function sumOfCompared(attempts: readonly PaidAttempt[]): RunSum {
  const neededHours = attempts.reduce((sum, usage) => sum + hoursOf(usage), 0);
  return { tasks: attempts.length, neededHours, paid: NOTHING };
}

function savedBy(
  runs: readonly RunSum[],
  before: ResourceAmounts,
  slowdownRatio: number,
  prices: Prices,
): Amounts {
  const hours = runs.reduce((sum, { neededHours }) => sum + neededHours, 0);
  const would = paidFor(before, hours / slowdownRatio, prices);
  const did = sumOf(runs.map(({ paid }) => paid));
  return {
    costUsd: would.costUsd - did.costUsd,
    gibHours: would.gibHours - did.gibHours,
    coreHours: would.coreHours - did.coreHours,
    gpuHours: would.gpuHours - did.gpuHours,
  };
}

function paidFor(request: ResourceAmounts, hours: number, prices: Prices): Amounts {
  const { cpuCores = 0, memoryMiB = 0, gpuCount = 0 } = request;
  return {
    costUsd: hourlyCostUsd(request, prices) * hours,
    gibHours: (memoryMiB / MIB_PER_GIB) * hours,
    coreHours: cpuCores * hours,
    gpuHours: gpuCount * hours,
  };
}

/** The replay's money for as many tasks, and only the part of the way that a roll-out has gone. */
function predictedUsd(
  suggestion: Suggestion,
  before: Resources,
  tasks: number,
  prices: Prices,
): number {
  const { savings, evidence, effective, suggestedEffective, rollout } = suggestion;
  const perTask = (savings.costUsdPerRun * evidence.runs) / Math.max(1, evidence.attempts);
  if (rollout === undefined || isByFeatures(suggestion)) return perTask * tasks;
  const whole = hourlyCostUsd(effective, prices) - hourlyCostUsd(suggestedEffective, prices);
  const part = hourlyCostUsd(before, prices) - hourlyCostUsd(rollout.plan.first, prices);
  return whole === 0 ? 0 : perTask * tasks * (part / whole);
}

/** Mean running time of the ones over that of the others; 1 where there is nothing to compare. */
function slowdownOf(runs: readonly RunSum[], others: readonly RunSum[]): number {
  const [a, b] = [meanHours(runs), meanHours(others)];
  return a > 0 && b > 0 ? a / b : 1;
}

function meanHours(runs: readonly RunSum[]): number {
  const tasks = runs.reduce((sum, run) => sum + run.tasks, 0);
  return tasks === 0 ? 0 : runs.reduce((sum, run) => sum + run.neededHours, 0) / tasks;
}

function byRun<Item extends { readonly run: string }>(items: readonly Item[]): Item[][] {
  return [...Map.groupBy(items, ({ run }) => run).values()];
}

function hoursOf({ durationMs }: Pick<PaidAttempt, 'durationMs'>): number {
  return durationMs / MS_PER_HOUR;
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
