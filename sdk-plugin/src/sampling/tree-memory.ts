import type { ProcessReading } from '../readers/process-reading.ts';
import { Peak } from './peak.ts';

/** A process as of the last sample. `own` is its need without file pages; all in bytes. */
interface Remembered {
  readonly own: number;
  readonly highWater: number;
  readonly discount: number | undefined;
}

/** What is known when the attempt has ended, in bytes. */
export interface EndMarks {
  /** The highest resident memory of any one process that was waited for (`getrusage`). */
  readonly childrenMaxRss?: number;
  /** That mark says nothing below this: it holds what a forked child had of its parent's memory. */
  readonly noiseBytes?: number;
}

/**
 * What a process tree needs, and the peak of it. Readings in, bytes out.
 *
 * **Need** at a moment is what the tree holds in memory, each page once:
 *
 * - Pages of files (programs, libraries) are largely the same ones in all processes: the largest of the
 *   processes' file pages stands for all. Pages shared with processes outside the tree count in full, since in
 *   a container of its own the attempt would pay for them alone.
 * - Everything else is summed. Where processes were forked from each other they share it, and the kernel's
 *   proportional share (PSS) says how much of it is whose. Asking is dear, so what a process shares (its
 *   *discount*) is kept until the next time.
 *
 * **Peak** is the highest need seen, raised by the kernel's high-water mark of each process (VmHWM). When a
 * mark has grown since the last sample and is above what is resident now, the process held the difference at
 * some moment in between. The others are taken at the smaller of their needs at both ends of the interval, so
 * memory that moved from one process to another is not counted twice. One process's spike is added at a time:
 * nothing shows that two coincided. So the peak is exact for one process, and a lower bound for several.
 */
export class TreeMemory {
  needBytes = 0;
  readonly peak = new Peak();
  #remembered = new Map<string, Remembered>();
  #files = 0;
  #shareRatio = 1;
  #knowsEarlierMarks: boolean;

  /** `isOlderRoot`: the processes of the first sample were there before the attempt, and so were their marks. */
  constructor({ isOlderRoot = false } = {}) {
    this.#knowsEarlierMarks = !isOlderRoot;
  }

  /**
   * Whether asking for shares would tell something new: there are several processes, and one was never
   * measured, or one has gone (what it shared is the others' now), or there is a new peak.
   */
  wantsShares(readings: readonly ProcessReading[]): boolean {
    if (readings.length < 2) return false;
    const present = new Set(readings.map(({ key }) => key));
    return (
      readings.some((reading) => this.#discountOf(reading) === undefined) ||
      [...this.#remembered.keys()].some((key) => !present.has(key)) ||
      this.#needOf(readings) > this.peak.bytes
    );
  }

  /** Takes one sample of the tree. */
  fold(all: readonly ProcessReading[]): void {
    const readings = all.filter(({ isSettled }) => isSettled);
    if (readings.length === 0) return;
    const [first] = readings;
    if (first !== undefined && readings.length === 1) {
      // Nobody is left to share with.
      first.shareBytes = first.rssBytes - first.fileBytes;
    }
    this.#learnShareRatio(readings);
    const now = new Map(readings.map((reading) => [reading.key, this.#remember(reading)]));
    this.#files = mostFileBytes(readings);
    this.needBytes = sum([...now.values()].map(({ own }) => own)) + this.#files;
    const isShared = [...now.values()].some(({ discount }) => (discount ?? 0) > 0);
    this.peak.offer(this.needBytes, isShared ? 'pss' : 'rss');
    if (this.#knowsEarlierMarks) for (const reading of readings) this.#raiseByMark(reading, now);
    this.#knowsEarlierMarks = true;
    this.#remembered = now;
  }

  /** Takes what is known at the end of children that may have come and gone between two samples. */
  foldEnd({ childrenMaxRss = 0, noiseBytes = 0 }: EndMarks): void {
    // Too short to be sampled: within the noise it is the only word there is, and too high rather than too low.
    if (childrenMaxRss > noiseBytes || this.peak.bytes === 0) {
      this.peak.offer(childrenMaxRss, 'rusage');
    }
  }

  #raiseByMark(reading: ProcessReading, now: ReadonlyMap<string, Remembered>): void {
    const before = this.#remembered.get(reading.key);
    if (before !== undefined && reading.highWaterBytes <= before.highWater) return;
    let others = 0;
    for (const [key, { own }] of now) {
      const known = this.#remembered.get(key);
      if (key !== reading.key && known !== undefined) others += Math.min(own, known.own);
    }
    const ownNow = now.get(reading.key)?.own ?? 0;
    const freedSince = reading.highWaterBytes - reading.rssBytes;
    this.peak.offer(others + ownNow + this.#files + freedSince, 'vm-hwm', { isMark: true });
  }

  #remember(reading: ProcessReading): Remembered {
    const discount = this.#discountOf(reading);
    const unshared = reading.rssBytes - reading.fileBytes;
    const own =
      discount === undefined
        ? Math.trunc(unshared * this.#shareRatio)
        : Math.max(0, unshared - discount);
    return { own, highWater: reading.highWaterBytes, discount };
  }

  #discountOf(reading: ProcessReading): number | undefined {
    if (reading.shareBytes !== undefined) {
      return Math.max(0, reading.rssBytes - reading.fileBytes - reading.shareBytes);
    }
    return this.#remembered.get(reading.key)?.discount;
  }

  #needOf(readings: readonly ProcessReading[]): number {
    const own = readings.map((reading) =>
      Math.max(0, reading.rssBytes - reading.fileBytes - (this.#discountOf(reading) ?? 0)),
    );
    return sum(own) + mostFileBytes(readings);
  }

  /** A process that there was no time to measure is taken at the ratio of the measured ones. */
  #learnShareRatio(readings: readonly ProcessReading[]): void {
    const measured = readings.filter(({ shareBytes }) => shareBytes !== undefined);
    const resident = sum(measured.map(({ rssBytes, fileBytes }) => rssBytes - fileBytes));
    if (resident > 0) {
      const shares = sum(measured.map(({ shareBytes }) => shareBytes ?? 0));
      this.#shareRatio = Math.min(1, shares / resident);
    }
  }
}

function mostFileBytes(readings: readonly ProcessReading[]): number {
  return readings.reduce((most, { fileBytes }) => Math.max(most, fileBytes), 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
