import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { ProcessReading, TreeReader } from './process-reading.ts';

/** Parents of all processes from `ps -A -o pid=,ppid=`. */
export function parseParents(text: string): ReadonlyMap<number, number> {
  const parents = new Map<number, number>();
  for (const line of text.split('\n')) {
    const [pid, parentPid] = line.trim().split(/\s+/).map(Number);
    if (pid !== undefined && parentPid !== undefined && pid > 0) parents.set(pid, parentPid);
  }
  return parents;
}

/** The pids under `rootPid`, itself first, parents before children; none where it is not there. */
export function descendants(
  parents: ReadonlyMap<number, number>,
  rootPid: number,
  isExcluded: (pid: number) => boolean,
): readonly number[] {
  if (!parents.has(rootPid)) return [];
  const found = [rootPid];
  // The list grows while it is walked: children of children.
  for (const parent of found) {
    for (const [pid, parentPid] of parents) {
      if (parentPid === parent && !found.includes(pid) && !isExcluded(pid)) found.push(pid);
    }
  }
  return found;
}

/**
 * A process tree by `ps` and pidusage, for systems without /proc (macOS). Resident memory alone: there are no
 * marks, no shares and no disk traffic, and memory that processes share counts for each.
 */
export class PortableTree implements TreeReader {
  readonly rootPid: number;
  departedUserS = 0;
  readonly departedSystemS = 0;
  readonly #isExcluded: (pid: number) => boolean;
  #known = new Map<string, ProcessReading>();

  constructor(rootPid: number, isExcluded: (pid: number) => boolean = () => false) {
    this.rootPid = rootPid;
    this.#isExcluded = isExcluded;
  }

  async read(): Promise<readonly ProcessReading[]> {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
    const parents = parseParents(stdout);
    const pids = descendants(parents, this.rootPid, this.#isExcluded);
    if (pids.length === 0) return [];
    const { default: pidusage } = await import('pidusage');
    const usage = await pidusage([...pids]);
    const readings = new Map<string, ProcessReading>();
    for (const pid of pids) {
      const seen = usage[String(pid)];
      // Ended between the two looks.
      if (!seen) continue;
      const key = `${pid}/${Math.round((seen.timestamp - seen.elapsed) / 10_000)}`;
      readings.set(key, {
        key,
        pid,
        parentPid: parents.get(pid) ?? 0,
        // User and system time are not told apart.
        userS: seen.ctime / 1000,
        systemS: 0,
        rssBytes: seen.memory,
        fileBytes: 0,
        highWaterBytes: seen.memory,
        readBytes: 0,
        writeBytes: 0,
        threads: 1,
        isIdle: false,
        isSettled: true,
      });
    }
    this.#keepTimeOfDeparted(readings);
    return [...readings.values()];
  }

  readShare(): void {
    // Nobody tells.
  }

  /** Here a parent's time does not hold that of the children it has waited for. */
  #keepTimeOfDeparted(now: Map<string, ProcessReading>): void {
    for (const [key, gone] of this.#known) {
      if (!now.has(key)) this.departedUserS += gone.userS;
    }
    this.#known = now;
  }
}
