import type { TraceTask } from './sizer.ts';
import { countFailure, countSuccess, countTask, createTally, type Tally } from './tally.ts';

function bestValue(tasks: readonly TraceTask[]): number {
  const ordered = tasks.toSorted((one, other) => other.needBytes - one.needBytes);
  const max = ordered[0]?.needBytes ?? 0;
  const totalHours = tasks.reduce((sum, task) => sum + task.hours, 0);
  let best = { cost: Number.POSITIVE_INFINITY, value: max };
  let hoursAbove = 0;
  let pendingHours = 0;
  let previous = max;
  for (const { needBytes, hours } of ordered) {
    if (needBytes < previous) {
      hoursAbove += pendingHours;
      pendingHours = 0;
      previous = needBytes;
    }
    pendingHours += hours;
    const cost = needBytes * totalHours + max * hoursAbove;
    if (cost <= best.cost) best = { cost, value: needBytes };
  }
  return best.value;
}

/**
 * The best constant for a step in hindsight: tasks above it are repeated at the step’s maximum. No way of
 * sizing with one value a step can waste less.
 */
export function tallyBestConstant(tasks: readonly TraceTask[]): Tally {
  const tally = createTally();
  const value = bestValue(tasks);
  const max = tasks.reduce((most, task) => Math.max(most, task.needBytes), 0);
  for (const { needBytes, hours } of tasks) {
    countTask(tally, needBytes, hours);
    if (needBytes > value) countFailure(tally, value, hours, true);
    countSuccess(tally, needBytes > value ? max : value, needBytes, hours);
  }
  return tally;
}
