const BYTES_PER_GB = 1e9;

/** What a way of sizing cost over some tasks. Waste in GB-hours (10⁹ bytes), as the literature counts it. */
export interface Tally {
  tasks: number;
  /** Allocated and never needed by the attempts that succeeded. */
  overGbHours: number;
  /** Paid for attempts that ran out of memory. */
  underGbHours: number;
  failures: number;
  /** Tasks whose first attempt failed. */
  firstFailures: number;
  addedHours: number;
  usedGbHours: number;
  readonly predictionMicros: number[];
  readonly observationMicros: number[];
}

export function createTally(): Tally {
  return {
    tasks: 0,
    overGbHours: 0,
    underGbHours: 0,
    failures: 0,
    firstFailures: 0,
    addedHours: 0,
    usedGbHours: 0,
    predictionMicros: [],
    observationMicros: [],
  };
}

export function wasteGbHours(tally: Tally): number {
  return tally.overGbHours + tally.underGbHours;
}

/** Share of tasks whose first attempt failed, 0 to 1. */
export function firstFailureShare(tally: Tally): number {
  return tally.tasks === 0 ? 0 : tally.firstFailures / tally.tasks;
}

export function countTask(tally: Tally, needBytes: number, hours: number): void {
  tally.tasks += 1;
  tally.usedGbHours += (needBytes * hours) / BYTES_PER_GB;
}

/** An attempt that ran for its whole time and was lost. */
export function countFailure(
  tally: Tally,
  allocatedBytes: number,
  hours: number,
  isFirst: boolean,
): void {
  tally.underGbHours += (allocatedBytes * hours) / BYTES_PER_GB;
  tally.failures += 1;
  tally.addedHours += hours;
  if (isFirst) tally.firstFailures += 1;
}

export function countSuccess(
  tally: Tally,
  allocatedBytes: number,
  needBytes: number,
  hours: number,
): void {
  tally.overGbHours += ((allocatedBytes - needBytes) * hours) / BYTES_PER_GB;
}

export function sumTallies(tallies: readonly Tally[]): Tally {
  const sum = createTally();
  for (const tally of tallies) {
    sum.tasks += tally.tasks;
    sum.overGbHours += tally.overGbHours;
    sum.underGbHours += tally.underGbHours;
    sum.failures += tally.failures;
    sum.firstFailures += tally.firstFailures;
    sum.addedHours += tally.addedHours;
    sum.usedGbHours += tally.usedGbHours;
    for (const micros of tally.predictionMicros) sum.predictionMicros.push(micros);
    for (const micros of tally.observationMicros) sum.observationMicros.push(micros);
  }
  return sum;
}
