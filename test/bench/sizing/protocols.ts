import { numpyPermutation } from './mersenne-twister.ts';
import type { Sizer, TraceTask } from './sizer.ts';
import { countFailure, countSuccess, countTask, createTally, type Tally } from './tally.ts';
import { createTimeline } from './timeline.ts';

const PUBLISHED_SEED = 1996;
const TEST_SHARE = 0.7;
/** An attempt beyond this one gets what the task needs, so that a stuck sizer ends. */
const MAX_FAILURES = 60;
/** Stands in for an answer that is not above zero, bytes. */
const SMALLEST_RETRY = 1e8;

/** What each step of a workflow cost. */
export type StepTallies = Map<string, Tally>;

function tallyOf(tallies: StepTallies, step: string): Tally {
  const known = tallies.get(step);
  if (known !== undefined) return known;
  const fresh = createTally();
  tallies.set(step, fresh);
  return fresh;
}

function timed<Result>(micros: number[], action: () => Result): Result {
  const start = performance.now();
  const result = action();
  micros.push((performance.now() - start) * 1000);
  return result;
}

function nextAllocation(
  sizer: Sizer,
  task: TraceTask,
  previousBytes: number,
  failures: number,
): number {
  const next = sizer.retry(task, previousBytes, failures);
  if (next > previousBytes) return next;
  return previousBytes > 0 ? 2 * previousBytes : SMALLEST_RETRY;
}

/** Runs a task to its end at once: the sync protocols. */
function runTask(sizer: Sizer, task: TraceTask, tally: Tally): void {
  countTask(tally, task.needBytes, task.hours);
  let allocated = timed(tally.predictionMicros, () => sizer.predict(task));
  let failures = 0;
  while (allocated < task.needBytes) {
    countFailure(tally, allocated, task.hours, failures === 0);
    sizer.observeFailure?.(task, allocated);
    failures += 1;
    allocated = nextAllocation(sizer, task, allocated, failures);
    if (failures > MAX_FAILURES) allocated = Math.max(allocated, task.needBytes);
  }
  countSuccess(tally, allocated, task.needBytes, task.hours);
  timed(tally.observationMicros, () => sizer.observe(task));
}

export interface Split {
  readonly step: string;
  readonly train: readonly TraceTask[];
  readonly test: readonly TraceTask[];
}

/** Seeded shuffle of each step’s tasks; the first 70 % are the test stream. */
export function splitSteps(tasks: readonly TraceTask[], seed = PUBLISHED_SEED): Split[] {
  const steps = Map.groupBy(tasks, (task) => task.step);
  return [...steps].map(([step, members]) => {
    const order = numpyPermutation(seed, members.length);
    const shuffled = order.map((place) => members[place] as TraceTask);
    const testLength = Math.ceil(TEST_SHARE * members.length);
    return { step, test: shuffled.slice(0, testLength), train: shuffled.slice(testLength) };
  });
}

/**
 * The published protocol: step by step, the training part is history, the test stream is sized one by one
 * and each outcome is learnt at once. Several sizers take turns at each step, as the published code runs
 * its variants, because some of those share state.
 */
export function runPaper(
  sizers: readonly Sizer[],
  tasks: readonly TraceTask[],
  seed = PUBLISHED_SEED,
): StepTallies[] {
  const results = sizers.map((): StepTallies => new Map());
  for (const { step, train, test } of splitSteps(tasks, seed)) {
    for (const [place, sizer] of sizers.entries()) {
      const tally = tallyOf(results[place] as StepTallies, step);
      for (const task of train) sizer.observe(task);
      for (const task of test) runTask(sizer, task, tally);
    }
  }
  return results;
}

/** All tasks in order of submission, from nothing; each outcome is learnt at once. */
export function runOnline(sizer: Sizer, tasks: readonly TraceTask[]): StepTallies {
  const tallies: StepTallies = new Map();
  const ordered = tasks.toSorted(
    (one, other) => one.submittedAtMs - other.submittedAtMs || one.index - other.index,
  );
  for (const task of ordered) runTask(sizer, task, tallyOf(tallies, task.step));
  return tallies;
}

interface Attempt {
  readonly task: TraceTask;
  readonly allocatedBytes: number;
  readonly failures: number;
}

/**
 * As a scheduler sees a foreach: a task is sized when it is submitted, a failure is learnt when it happens
 * and repeated at once, an outcome is learnt when the task completes.
 */
export function runAsync(sizer: Sizer, tasks: readonly TraceTask[]): StepTallies {
  const tallies: StepTallies = new Map();
  const timeline = createTimeline<Attempt>();
  function start(atMs: number, attempt: Attempt): void {
    const { task, allocatedBytes, failures } = attempt;
    const tally = tallyOf(tallies, task.step);
    if (allocatedBytes >= task.needBytes) {
      countSuccess(tally, allocatedBytes, task.needBytes, task.hours);
      const lastsMs = Math.max(task.completedAtMs - task.submittedAtMs, 1);
      timeline.add({ atMs: atMs + lastsMs, rank: 0, tie: task.index, event: attempt });
      return;
    }
    countFailure(tally, allocatedBytes, task.hours, failures === 0);
    const lastsMs = Math.max(task.completedAtMs - task.submittedAtMs, task.hours * 3_600_000);
    timeline.add({ atMs: atMs + lastsMs, rank: 0, tie: task.index, event: attempt });
  }
  function end(atMs: number, attempt: Attempt): void {
    const { task, allocatedBytes } = attempt;
    if (allocatedBytes >= task.needBytes) {
      timed(tallyOf(tallies, task.step).observationMicros, () => sizer.observe(task));
      return;
    }
    sizer.observeFailure?.(task, allocatedBytes);
    const failures = attempt.failures + 1;
    start(atMs, {
      task,
      allocatedBytes: nextAllocation(sizer, task, allocatedBytes, failures),
      failures,
    });
  }
  for (const task of tasks) {
    const launch = { task, allocatedBytes: Number.NaN, failures: 0 };
    timeline.add({ atMs: task.submittedAtMs, rank: 1, tie: task.index, event: launch });
  }
  for (const { atMs, rank, event } of timeline.drain()) {
    if (rank === 0) {
      end(atMs, event);
      continue;
    }
    const tally = tallyOf(tallies, event.task.step);
    countTask(tally, event.task.needBytes, event.task.hours);
    const allocatedBytes = timed(tally.predictionMicros, () => sizer.predict(event.task));
    start(atMs, { ...event, allocatedBytes });
  }
  return tallies;
}
