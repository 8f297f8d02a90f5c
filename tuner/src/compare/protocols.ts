import { numpyPermutation } from './numpy-permutation.ts';
import type { Sizer, TraceTask } from './sizer.ts';
import { countFailure, countSuccess, countTask, createTally, type Tally } from './tally.ts';
import { createTimeline } from './timeline.ts';

/** In which order tasks are sized, and when an outcome is learnt. */
export const PROTOCOLS = ['paper', 'online', 'async'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface ProtocolOptions {
  /** Seed of the shuffle of `paper`. */
  readonly seed?: number;
  /** A monotonic clock, ms; where there is one, tallies say how long the sizers took. */
  readonly clockMs?: () => number;
  /** Told of each task once it has its first allocation, MiB. */
  readonly onSized?: (task: TraceTask, allocatedMiB: number) => void;
}

/** What each step cost. */
export type StepTallies = Map<string, Tally>;

/** The seed of the published evaluation. */
const PUBLISHED_SEED = 1996;
/** Share of a step's tasks that the published evaluation sizes; the others are known before. */
const TEST_SHARE = 0.7;
/** An attempt beyond this one gets what the task needs, so that a stuck sizer ends. */
const MAX_FAILURES = 60;
/** Stands in for a retry that is not above zero: about 100 MB. */
const SMALLEST_RETRY_MIB = 95;
const MS_PER_HOUR = 3_600_000;

function tallyOf(tallies: StepTallies, { launch }: TraceTask): Tally {
  const known = tallies.get(launch.step);
  if (known !== undefined) return known;
  const fresh = createTally();
  tallies.set(launch.step, fresh);
  return fresh;
}

function timed<Result>(
  { clockMs }: ProtocolOptions,
  micros: number[],
  action: () => Result,
): Result {
  if (clockMs === undefined) return action();
  const start = clockMs();
  const result = action();
  micros.push((clockMs() - start) * 1000);
  return result;
}

/** Every sizer is asked through here, so none sees more of a task than its launch before the task ends. */
function sizeFirst(
  sizer: Sizer,
  task: TraceTask,
  tallies: StepTallies,
  options: ProtocolOptions,
): number {
  const tally = tallyOf(tallies, task);
  countTask(tally, task.needMiB, task.hours);
  const allocatedMiB = timed(options, tally.predictionMicros, () => sizer.predict(task.launch));
  options.onSized?.(task, allocatedMiB);
  return allocatedMiB;
}

/** A retry asks for more, whatever the sizer says. */
function sizeRetry(sizer: Sizer, task: TraceTask, previousMiB: number, failures: number): number {
  sizer.observeFailure?.(task.launch, previousMiB);
  if (failures > MAX_FAILURES) return Math.max(2 * previousMiB, task.needMiB);
  const next = sizer.retry(task.launch, previousMiB, failures);
  if (next > previousMiB) return next;
  return previousMiB > 0 ? 2 * previousMiB : SMALLEST_RETRY_MIB;
}

function learn(
  sizer: Sizer,
  task: TraceTask,
  tallies: StepTallies,
  options: ProtocolOptions,
): void {
  timed(options, tallyOf(tallies, task).observationMicros, () => {
    sizer.observe(task);
  });
}

/** Runs a task to its end before the next one is looked at. */
function runTask(
  sizer: Sizer,
  task: TraceTask,
  tallies: StepTallies,
  options: ProtocolOptions,
): void {
  const tally = tallyOf(tallies, task);
  let allocatedMiB = sizeFirst(sizer, task, tallies, options);
  for (let failures = 0; allocatedMiB < task.needMiB;) {
    countFailure(tally, allocatedMiB, task.hours, failures === 0);
    failures += 1;
    allocatedMiB = sizeRetry(sizer, task, allocatedMiB, failures);
  }
  countSuccess(tally, allocatedMiB, task.needMiB, task.hours);
  learn(sizer, task, tallies, options);
}

export interface Split {
  readonly train: readonly TraceTask[];
  readonly test: readonly TraceTask[];
}

/** Seeded shuffle of each step’s tasks, steps in order of appearance; the first 70 % are the test stream. */
export function splitSteps(tasks: readonly TraceTask[], seed = PUBLISHED_SEED): Split[] {
  const steps = Map.groupBy(tasks, ({ launch }) => launch.step);
  return [...steps.values()].map((members) => {
    const shuffled = numpyPermutation(seed, members.length).flatMap(
      (place) => members[place] ?? [],
    );
    const testLength = Math.ceil(TEST_SHARE * members.length);
    return { test: shuffled.slice(0, testLength), train: shuffled.slice(testLength) };
  });
}

/**
 * The published protocol (Sizey, IEEE CLUSTER 2024): step by step, the training part is history, the test
 * stream is sized one by one and each outcome is learnt at once. Several sizers take turns at each step, as
 * the published code runs its variants, because some of those share state.
 */
export function runPaper(
  sizers: readonly Sizer[],
  tasks: readonly TraceTask[],
  options: ProtocolOptions = {},
): StepTallies[] {
  const turns = sizers.map((sizer) => ({ sizer, tallies: new Map() as StepTallies }));
  for (const { train, test } of splitSteps(tasks, options.seed)) {
    for (const { sizer, tallies } of turns) {
      for (const task of train) sizer.observe(task);
      for (const task of test) runTask(sizer, task, tallies, options);
    }
  }
  return turns.map(({ tallies }) => tallies);
}

/** All tasks in order of submission, from nothing; each outcome is learnt at once. */
export function runOnline(
  sizer: Sizer,
  tasks: readonly TraceTask[],
  options: ProtocolOptions = {},
): StepTallies {
  const tallies: StepTallies = new Map();
  const ordered = tasks.toSorted(
    (one, other) =>
      one.launch.submittedAtMs - other.launch.submittedAtMs ||
      one.launch.index - other.launch.index,
  );
  for (const task of ordered) runTask(sizer, task, tallies, options);
  return tallies;
}

/** One attempt of a task, `failures` of which went before; `allocatedMiB` is absent until it is sized. */
interface Attempt {
  readonly task: TraceTask;
  readonly allocatedMiB?: number;
  readonly failures: number;
}

/** Ends go before launches of the same moment: an outcome is known to whoever starts then. */
const ENDS = 0;
const LAUNCHES = 1;

/**
 * As a scheduler sees a foreach: a task is sized when it is submitted, a failure is learnt when it happens
 * and repeated at once, an outcome is learnt when the task completes, which failed attempts delay.
 */
export function runAsync(
  sizer: Sizer,
  tasks: readonly TraceTask[],
  options: ProtocolOptions = {},
): StepTallies {
  const tallies: StepTallies = new Map();
  const timeline = createTimeline<Attempt>();

  function start(atMs: number, task: TraceTask, allocatedMiB: number, failures: number): void {
    const { launch, needMiB, hours, completedAtMs } = task;
    const isEnough = allocatedMiB >= needMiB;
    if (isEnough) countSuccess(tallyOf(tallies, task), allocatedMiB, needMiB, hours);
    else countFailure(tallyOf(tallies, task), allocatedMiB, hours, failures === 0);
    const lastsMs = Math.max(
      completedAtMs - launch.submittedAtMs,
      isEnough ? 1 : hours * MS_PER_HOUR,
    );
    timeline.add({
      atMs: atMs + lastsMs,
      rank: ENDS,
      tie: launch.index,
      event: { task, allocatedMiB, failures },
    });
  }

  for (const task of tasks) {
    const { submittedAtMs, index } = task.launch;
    timeline.add({ atMs: submittedAtMs, rank: LAUNCHES, tie: index, event: { task, failures: 0 } });
  }
  for (const { atMs, event } of timeline.drain()) {
    const { task, allocatedMiB, failures } = event;
    if (allocatedMiB === undefined) {
      start(atMs, task, sizeFirst(sizer, task, tallies, options), 0);
    } else if (allocatedMiB >= task.needMiB) {
      learn(sizer, task, tallies, options);
    } else {
      start(atMs, task, sizeRetry(sizer, task, allocatedMiB, failures + 1), failures + 1);
    }
  }
  return tallies;
}

/** Runs one sizer, which knows nothing yet, over a trace. */
export function runProtocol(
  protocol: Protocol,
  sizer: Sizer,
  tasks: readonly TraceTask[],
  options: ProtocolOptions = {},
): StepTallies {
  switch (protocol) {
    case 'paper':
      return runPaper([sizer], tasks, options)[0] ?? new Map();
    case 'online':
      return runOnline(sizer, tasks, options);
    case 'async':
      return runAsync(sizer, tasks, options);
  }
}
