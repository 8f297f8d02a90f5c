const MIB_PER_GIB = 1024;

/** What a way of sizing cost over some tasks. */
export interface Tally {
  tasks: number;
  /** Allocated and never needed by the attempts that succeeded. */
  overGibHours: number;
  /** Paid for attempts that ran out of memory. */
  underGibHours: number;
  /** What the tasks needed. */
  neededGibHours: number;
  /** Attempts that ran out of memory. */
  failures: number;
  /** Tasks whose first attempt failed. */
  firstFailures: number;
  /** Running time added by failed attempts. */
  addedHours: number;
  /** How long the sizer took; empty where no clock was given. */
  readonly predictionMicros: number[];
  readonly observationMicros: number[];
}

export function createTally(): Tally {
  return {
    tasks: 0,
    overGibHours: 0,
    underGibHours: 0,
    neededGibHours: 0,
    failures: 0,
    firstFailures: 0,
    addedHours: 0,
    predictionMicros: [],
    observationMicros: [],
  };
}

export function wasteGibHours(tally: Tally): number {
  return tally.overGibHours + tally.underGibHours;
}

/** Share of tasks whose first attempt failed, 0 to 1. */
export function firstFailureShare(tally: Tally): number {
  return tally.tasks === 0 ? 0 : tally.firstFailures / tally.tasks;
}

export function countTask(tally: Tally, needMiB: number, hours: number): void {
  tally.tasks += 1;
  tally.neededGibHours += (needMiB / MIB_PER_GIB) * hours;
}

/** An attempt that ran for its whole time and was lost: the literature’s assumption, and the pessimistic one. */
export function countFailure(
  tally: Tally,
  allocatedMiB: number,
  hours: number,
  isFirst: boolean,
): void {
  tally.underGibHours += (allocatedMiB / MIB_PER_GIB) * hours;
  tally.failures += 1;
  tally.addedHours += hours;
  if (isFirst) tally.firstFailures += 1;
}

export function countSuccess(
  tally: Tally,
  allocatedMiB: number,
  needMiB: number,
  hours: number,
): void {
  tally.overGibHours += ((allocatedMiB - needMiB) / MIB_PER_GIB) * hours;
}

export function sumTallies(tallies: Iterable<Tally>): Tally {
  const sum = createTally();
  for (const tally of tallies) {
    sum.tasks += tally.tasks;
    sum.overGibHours += tally.overGibHours;
    sum.underGibHours += tally.underGibHours;
    sum.neededGibHours += tally.neededGibHours;
    sum.failures += tally.failures;
    sum.firstFailures += tally.firstFailures;
    sum.addedHours += tally.addedHours;
    for (const micros of tally.predictionMicros) sum.predictionMicros.push(micros);
    for (const micros of tally.observationMicros) sum.observationMicros.push(micros);
  }
  return sum;
}
