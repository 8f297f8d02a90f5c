import { existsSync } from 'node:fs';

import { parseIo, parseKib, parseStat, type ProcStat, TICKS_PER_SECOND } from './proc-files.ts';
import type { ProcessReading, TreeReader } from './process-reading.ts';
import { listFolder, readSmallFile } from './small-file.ts';

/** A child between vfork and exec shows its parent's memory as its own; exec follows within milliseconds. */
const SETTLING_S = 0.05;
const NO_IO = { readBytes: 0, writeBytes: 0 };

export interface ProcessTreeOptions {
  readonly rootPid: number;
  /** Mount point of the proc file system, another one for recorded files. */
  readonly proc?: string;
  /** Pids that are no part of the attempt, with all under them: what measures it. */
  readonly isExcluded?: (pid: number) => boolean;
}

/** The process `rootPid` and its descendants, also those whose parent has died since. Linux. */
export class ProcessTree implements TreeReader {
  readonly rootPid: number;
  departedUserS = 0;
  departedSystemS = 0;
  readonly #proc: string;
  readonly #isExcluded: (pid: number) => boolean;
  readonly #hasChildrenFiles: boolean;
  #rootKey: string | undefined;
  #known = new Map<string, ProcessReading>();

  constructor({ rootPid, proc = '/proc', isExcluded = () => false }: ProcessTreeOptions) {
    this.rootPid = rootPid;
    this.#proc = proc;
    this.#isExcluded = isExcluded;
    this.#hasChildrenFiles = existsSync(`${proc}/${rootPid}/task/${rootPid}/children`);
  }

  /**
   * The order matters: a child that is waited for while we read is then missed once, never counted twice (in
   * itself and in its parent).
   */
  read(): readonly ProcessReading[] {
    const root = this.#readStat(this.rootPid);
    // A zombie is still there for its parent to ask after, but it holds nothing any more.
    if (root === undefined || 'ZX'.includes(root.state)) return [];
    this.#rootKey ??= keyOf(root);
    if (keyOf(root) !== this.#rootKey) return [];

    const stats = this.#walk(root);
    for (const [key, gone] of this.#known) {
      if (stats.has(key)) continue;
      const orphan = this.#readStat(gone.pid);
      if (orphan !== undefined && keyOf(orphan) === key) stats.set(key, orphan);
      else this.#keepTimeOfOrphan(gone);
    }
    const nowS = this.#secondsSinceBoot();
    const readings = new Map<string, ProcessReading>();
    for (const [key, stat] of stats) readings.set(key, this.#addDetails(key, stat, nowS));
    this.#known = readings;
    return [...readings.values()];
  }

  readShare(reading: ProcessReading): void {
    const text = readSmallFile(`${this.#proc}/${reading.pid}/smaps_rollup`);
    if (text === undefined) return;
    const anonymous = parseKib(text, 'Pss_Anon');
    const total = parseKib(text, 'Pss');
    if (anonymous !== undefined) {
      reading.shareBytes = anonymous + (parseKib(text, 'Pss_Shmem') ?? 0);
    } else if (total !== undefined) {
      // Before Linux 5.3 there is only the total.
      reading.shareBytes = Math.max(0, total - reading.fileBytes);
    }
  }

  /** Nobody in the tree waits for an orphan, so its CPU time would vanish with it. */
  #keepTimeOfOrphan(gone: ProcessReading): void {
    const hasParentHere = [...this.#known.values()].some(({ pid }) => pid === gone.parentPid);
    if (gone.pid === this.rootPid || hasParentHere) return;
    this.departedUserS += gone.userS;
    this.departedSystemS += gone.systemS;
  }

  #walk(root: ProcStat): Map<string, ProcStat> {
    const childrenOf = this.#hasChildrenFiles ? undefined : this.#allChildren();
    const stats = new Map<string, ProcStat>();
    const pending = [root];
    for (let stat = pending.pop(); stat !== undefined; stat = pending.pop()) {
      if (stats.has(keyOf(stat))) continue;
      stats.set(keyOf(stat), stat);
      for (const pid of childrenOf?.get(stat.pid) ?? this.#children(stat.pid)) {
        const child = this.#isExcluded(pid) ? undefined : this.#readStat(pid);
        if (child !== undefined) pending.push(child);
      }
    }
    return stats;
  }

  #children(pid: number): readonly number[] {
    if (!this.#hasChildrenFiles) return [];
    const tasks = `${this.#proc}/${pid}/task`;
    return listFolder(tasks).flatMap((thread) =>
      (readSmallFile(`${tasks}/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
    );
  }

  /** Every parent's children, for kernels without `children` files. */
  #allChildren(): ReadonlyMap<number, readonly number[]> {
    const children = new Map<number, number[]>();
    for (const name of listFolder(this.#proc)) {
      const stat = /^\d+$/.test(name) ? this.#readStat(Number(name)) : undefined;
      if (stat === undefined) continue;
      const known = children.get(stat.parentPid);
      if (known === undefined) children.set(stat.parentPid, [stat.pid]);
      else known.push(stat.pid);
    }
    return children;
  }

  #readStat(pid: number): ProcStat | undefined {
    const text = readSmallFile(`${this.#proc}/${pid}/stat`);
    return text === undefined ? undefined : parseStat(text);
  }

  #addDetails(key: string, stat: ProcStat, nowS: number): ProcessReading {
    const base = `${this.#proc}/${stat.pid}`;
    const status = readSmallFile(`${base}/status`) ?? '';
    const { readBytes, writeBytes } = parseIo(readSmallFile(`${base}/io`) ?? '') ?? NO_IO;
    const rssBytes = parseKib(status, 'VmRSS') ?? 0;
    const ageS = nowS - stat.startedTicks / TICKS_PER_SECOND;
    return {
      key,
      pid: stat.pid,
      parentPid: stat.parentPid,
      userS: stat.userS,
      systemS: stat.systemS,
      rssBytes,
      fileBytes: Math.min(parseKib(status, 'RssFile') ?? 0, rssBytes),
      highWaterBytes: Math.max(parseKib(status, 'VmHWM') ?? 0, rssBytes),
      readBytes,
      writeBytes,
      isSettled: stat.pid === this.rootPid || ageS >= SETTLING_S,
    };
  }

  /** Where nothing tells, every process counts as old. */
  #secondsSinceBoot(): number {
    const seconds = Number.parseFloat(readSmallFile(`${this.#proc}/uptime`) ?? '');
    return Number.isNaN(seconds) ? Number.POSITIVE_INFINITY : seconds;
  }
}

function keyOf(stat: ProcStat): string {
  return `${stat.pid}/${stat.startedTicks}`;
}
