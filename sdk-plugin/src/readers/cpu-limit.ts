import { type CgroupPlace, cgroupFolders, parsePairs, readNumber } from './cgroup-folders.ts';
import { readSmallFile } from './small-file.ts';

/** `cpu.max` of version 2, `<quota> <period>` in microseconds, as cores; `undefined` where it says `max`. */
export function parseCpuMax(text: string): number | undefined {
  const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(text) ?? [];
  return quota === undefined || !(Number(period) > 0) ? undefined : Number(quota) / Number(period);
}

/**
 * Core seconds held back so far, from `cpu.stat`: microseconds in version 2, nanoseconds in version 1. The kernel
 * adds them up over cores.
 */
export function parseThrottledS(text: string | undefined): number | undefined {
  const stat = parsePairs(text);
  const microseconds = stat.get('throttled_usec');
  const nanoseconds = stat.get('throttled_time');
  if (microseconds !== undefined) return microseconds / 1e6;
  return nanoseconds === undefined ? undefined : nanoseconds / 1e9;
}

/** The tightest quota on a process, its own cgroup's or one around it, and what the quotas held back. */
export class CpuLimit {
  /** Absent where nothing holds the process. */
  readonly cores: number | undefined;
  readonly #firstS = new Map<string, number>();

  constructor(pid: number, place: CgroupPlace = {}) {
    let tightest = Number.POSITIVE_INFINITY;
    for (const folder of cgroupFolders(pid, 'cpu', place)) {
      const cores = readQuota(folder);
      const throttledS = parseThrottledS(readSmallFile(`${folder}/cpu.stat`));
      if (cores === undefined || throttledS === undefined) continue;
      tightest = Math.min(tightest, cores);
      this.#firstS.set(folder, throttledS);
    }
    this.cores = Number.isFinite(tightest) ? tightest : undefined;
  }

  /** Core seconds held back since the start; `undefined` where nothing holds the process. */
  throttledS(): number | undefined {
    let heldBackS: number | undefined;
    for (const [folder, firstS] of this.#firstS) {
      const nowS = parseThrottledS(readSmallFile(`${folder}/cpu.stat`));
      // A thread that one quota stops is not stopped by another at the time.
      if (nowS !== undefined) heldBackS = (heldBackS ?? 0) + Math.max(0, nowS - firstS);
    }
    return heldBackS;
  }
}

function readQuota(folder: string): number | undefined {
  const text = readSmallFile(`${folder}/cpu.max`);
  if (text !== undefined) return parseCpuMax(text);
  const quota = readNumber(`${folder}/cpu.cfs_quota_us`);
  const period = readNumber(`${folder}/cpu.cfs_period_us`);
  if (quota === undefined || period === undefined) return undefined;
  return quota > 0 && period > 0 ? quota / period : undefined;
}
