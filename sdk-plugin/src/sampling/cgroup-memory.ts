import type { CgroupReading } from '../readers/cgroup.ts';
import type { ProcessReading } from '../readers/process-reading.ts';
import { Peak } from './peak.ts';
import type { EndMarks } from './tree-memory.ts';

/**
 * What a container needs, and the peak of it. Folds readings of a cgroup, and of the processes in it.
 *
 * **Need** is what the cgroup is charged for, less the pages of files, plus those that its processes have mapped. The
 * kernel drops page cache before it kills anything; but an attempt that loses mapped files (programs, libraries,
 * data) reads them again and again, so they count, as they do for a process tree. They count in full, since who is
 * charged for a page is a matter of chance: whoever on the machine read it first. Pages of tmpfs cannot be dropped,
 * and count.
 *
 * **Peak** is the highest need seen, raised by two kinds of the kernel's marks:
 *
 * - The cgroup's own. It includes page cache; when it has grown since the last sample, the cache at that moment
 *   was about what it was at one end of the interval, and the larger of both is taken off, and the smaller of what
 *   was mapped is put back. So the peak is never above what was needed. A mark that has not grown tells of some time
 *   before, the container's own start perhaps, and nothing about the attempt.
 * - Each process's (VmHWM). What a process held above what it holds at an end of the interval, the container held
 *   beside its need there; the smaller of both ends counts. That finds a spike in a container whose own mark is
 *   as high already, with its bootstrap or with page cache.
 */
export class CgroupMemory {
  needBytes = 0;
  cacheBytes = 0;
  oomKills: number | undefined;
  readonly peak = new Peak();
  #allCache = 0;
  #files = 0;
  #highWater: number | undefined;
  #firstOomKills: number | undefined;
  #processes: ReadonlyMap<string, ProcessReading> = new Map();

  /** `isFresh`: the cgroup was made for the attempt, so that its marks and counts are the attempt's whole. */
  constructor({ isFresh = false } = {}) {
    if (isFresh) {
      this.#highWater = 0;
      this.#firstOomKills = 0;
    }
  }

  fold(reading: CgroupReading, processes: readonly ProcessReading[] = []): void {
    const [needBefore, cacheBefore, filesBefore] = [this.needBytes, this.#allCache, this.#files];
    // The same files are mapped by all processes, largely: the largest share stands for all.
    this.#files = processes.reduce((most, { fileBytes }) => Math.max(most, fileBytes), 0);
    this.#allCache = reading.cache;
    this.cacheBytes = Math.max(0, reading.cache - this.#files);
    this.needBytes = reading.usage - reading.cache + this.#files;
    this.peak.offer(this.needBytes, 'pss');
    if (reading.highWater !== undefined) {
      if (this.#highWater !== undefined && reading.highWater > this.#highWater) {
        const withoutCache = reading.highWater - Math.max(reading.cache, cacheBefore);
        const held = withoutCache + Math.min(this.#files, filesBefore);
        this.peak.offer(held, 'cgroup-peak', { isMark: true });
      }
      this.#highWater = reading.highWater;
    }
    for (const process of processes) this.#raiseByMark(process, needBefore);
    this.#processes = new Map(processes.map((process) => [process.key, process]));
    this.#countOomKills(reading.oomKills);
  }

  /** Takes the mark of children that may have come and gone between two samples. */
  foldEnd({ childrenMaxRss = 0, noiseBytes = 0 }: EndMarks): void {
    if (childrenMaxRss > noiseBytes) this.#offerMark(childrenMaxRss, 'rusage');
  }

  #raiseByMark(process: ProcessReading, needBefore: number): void {
    const before = this.#processes.get(process.key);
    if (before !== undefined && process.highWaterBytes <= before.highWaterBytes) return;
    const heldNow = this.needBytes + process.highWaterBytes - process.rssBytes;
    const heldBefore =
      before === undefined ? heldNow : needBefore + process.highWaterBytes - before.rssBytes;
    this.#offerMark(Math.min(heldNow, heldBefore), 'vm-hwm');
  }

  /** No mark of a process is above what the whole container ever held, files charged elsewhere apart. */
  #offerMark(held: number, source: 'rusage' | 'vm-hwm'): void {
    const most = (this.#highWater ?? Number.POSITIVE_INFINITY) + this.#files;
    this.peak.offer(Math.min(held, most), source);
  }

  #countOomKills(total: number | undefined): void {
    if (total === undefined) return;
    this.#firstOomKills ??= total;
    this.oomKills = Math.max(0, total - this.#firstOomKills);
  }
}
