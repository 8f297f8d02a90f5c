import { type Protocol, type ProtocolOptions, splitSteps, type StepTallies } from './protocols.ts';
import type { TraceTask } from './sizer.ts';
import { countFailure, countSuccess, countTask, createTally, type Tally } from './tally.ts';

/** From the largest need down, the hours of the tasks above a value are a running sum. */
function bestValue(tasks: readonly TraceTask[]): number {
  const ordered = tasks.toSorted((one, other) => other.needMiB - one.needMiB);
  const max = ordered[0]?.needMiB ?? 0;
  const totalHours = tasks.reduce((sum, task) => sum + task.hours, 0);
  let best = { cost: Number.POSITIVE_INFINITY, value: max };
  let hoursAbove = 0;
  let hoursAt = 0;
  let previous = max;
  for (const { needMiB, hours } of ordered) {
    if (needMiB < previous) {
      hoursAbove += hoursAt;
      hoursAt = 0;
      previous = needMiB;
    }
    hoursAt += hours;
    const cost = needMiB * totalHours + max * hoursAbove;
    if (cost <= best.cost) best = { cost, value: needMiB };
  }
  return best.value;
}

/** One value for all tasks of a step, chosen when all is known; those above it are repeated at their maximum. */
export function tallyBestConstant(tasks: readonly TraceTask[]): Tally {
  const tally = createTally();
  const value = bestValue(tasks);
  const max = tasks.reduce((most, task) => Math.max(most, task.needMiB), 0);
  for (const { needMiB, hours } of tasks) {
    countTask(tally, needMiB, hours);
    if (needMiB > value) countFailure(tally, value, hours, true);
    countSuccess(tally, needMiB > value ? max : value, needMiB, hours);
  }
  return tally;
}

/**
 * The best constant for each step in hindsight, over the tasks that the protocol sizes: no way of sizing
 * with one value a step can waste less, and none can know it.
 */
export function runBestConstant(
  protocol: Protocol,
  tasks: readonly TraceTask[],
  { seed }: ProtocolOptions = {},
): StepTallies {
  const sized = protocol === 'paper' ? splitSteps(tasks, seed).flatMap(({ test }) => test) : tasks;
  const steps = Map.groupBy(sized, ({ launch }) => launch.step);
  return new Map([...steps].map(([step, members]) => [step, tallyBestConstant(members)]));
}
