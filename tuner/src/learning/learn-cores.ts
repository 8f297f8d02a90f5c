import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { CpuUsage } from '../sizing/cpu-usage.ts';
import { type CodeEpochs, divideByCode, type EpochOptions } from './code-epochs.ts';
import { relateToRequest, type RequestRelation } from './follows-request.ts';
import type { Measure } from './measure.ts';

/** A CPU usage as a measure of the cores kept busy. */
export interface CoresMeasure extends Measure {
  readonly usage: CpuUsage;
}

/** Which of a step’s CPU usages speak for its next attempt. */
export interface CoresLearning {
  readonly usages: readonly CpuUsage[];
  readonly epochs: CodeEpochs<CoresMeasure>;
  /** How the cores used relate to those there were: threads are often as many as cores. */
  readonly cores: RequestRelation;
}

/**
 * Leaves out the usages of code that used another number of cores. While it cannot be told, all count: too
 * few cores make a step slower and do not kill it.
 */
export function learnCores(
  usages: readonly CpuUsage[],
  attempts: readonly AttemptUsage[],
  options: EpochOptions,
): CoresLearning {
  const byKey = new Map(attempts.map((attempt) => [keyOf(attempt), attempt]));
  const measures = usages.map((usage): CoresMeasure => {
    const { startedAtMs = 0, codeVersion } = byKey.get(keyOf(usage)) ?? {};
    return {
      run: usage.run,
      startedAtMs,
      ...(codeVersion === undefined ? {} : { codeVersion }),
      amount: busyCores(usage),
      isExact: true,
      usage,
    };
  });
  const epochs = divideByCode(measures, options);
  const counted = epochs.relation === 'differs' ? epochs.counted : measures;
  const cores = relateToRequest(
    counted.map(({ run, amount, usage }) => ({
      run,
      requested: usage.availableCores ?? 0,
      used: amount,
      features: byKey.get(keyOf(usage))?.features ?? {},
    })),
  );
  return { usages: counted.map(({ usage }) => usage), epochs, cores };
}

/** Mean over the running time. */
function busyCores({ levels, seconds }: CpuUsage): number {
  return levels.reduce((sum, level) => sum + level.cores * level.seconds, 0) / seconds;
}

function keyOf({ run, task, attempt }: Pick<AttemptUsage, 'run' | 'task' | 'attempt'>): string {
  return JSON.stringify([run, task, attempt]);
}
