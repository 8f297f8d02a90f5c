import type { CgroupReading } from '../readers/cgroup.ts';
import { Peak } from './peak.ts';

/**
 * Folds readings of a cgroup into need and peak.
 *
 * The kernel's mark includes page cache, which it would drop before killing anything. When the mark has grown
 * since the last sample, the cache at that moment was about what it was at one end of the interval: the larger
 * of both is taken off, so that the peak is never above what was needed. A mark that has not grown tells of
 * some time before, the container's own start perhaps, and nothing about the attempt.
 */
export class CgroupMemory {
  needBytes = 0;
  cacheBytes = 0;
  oomKills: number | undefined;
  readonly peak = new Peak();
  #highWater: number | undefined;
  #firstOomKills: number | undefined;

  /** `isFresh`: the cgroup was made for the attempt, so that its marks and counts are the attempt's whole. */
  constructor({ isFresh = false } = {}) {
    if (isFresh) {
      this.#highWater = 0;
      this.#firstOomKills = 0;
    }
  }

  fold(reading: CgroupReading): void {
    this.needBytes = reading.usage - reading.cache;
    this.peak.offer(this.needBytes, 'pss');
    if (reading.highWater !== undefined) {
      if (this.#highWater !== undefined && reading.highWater > this.#highWater) {
        const cache = Math.max(this.cacheBytes, reading.cache);
        this.peak.offer(reading.highWater - cache, 'cgroup-peak', { isMark: true });
      }
      this.#highWater = reading.highWater;
    }
    this.cacheBytes = reading.cache;
    if (reading.oomKills !== undefined) {
      this.#firstOomKills ??= reading.oomKills;
      this.oomKills = Math.max(0, reading.oomKills - this.#firstOomKills);
    }
  }
}
