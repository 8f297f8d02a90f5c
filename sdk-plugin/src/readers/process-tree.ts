import { existsSync } from 'node:fs';

import { parseIo, parseKib, parseStat, type ProcStat, TICKS_PER_SECOND } from './proc-files.ts';
import type { ProcessReading, TreeReader } from './process-reading.ts';
import { listFolder, readSmallFile } from './small-file.ts';

/** A child between vfork and exec shows its parent's memory as its own; exec follows within milliseconds. */
const SETTLING_S = 0.05;
const NO_IO = { readBytes: 0, writeBytes: 0 };

/** The kernel's line about a process, and what it says. */
interface StatLine {
  readonly text: string;
  readonly stat: ProcStat;
}

/** A process as it was read last. */
interface Known {
  readonly line: StatLine;
  readonly reading: ProcessReading;
}

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
  #known: ReadonlyMap<string, Known> = new Map();
  #lines: ReadonlyMap<number, StatLine> = new Map();

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
    const root = this.#readLine(this.rootPid);
    // A zombie is still there for its parent to ask after, but it holds nothing any more.
    if (root === undefined || 'ZX'.includes(root.stat.state)) return [];
    this.#rootKey ??= keyOf(root);
    if (keyOf(root) !== this.#rootKey) return [];

    const lines = this.#walk(root);
    for (const [key, { reading }] of this.#known) {
      if (lines.has(key)) continue;
      const orphan = this.#readLine(reading.pid);
      if (orphan !== undefined && keyOf(orphan) === key) lines.set(key, orphan);
      else this.#keepTimeOfOrphan(reading);
    }
    const nowS = this.#secondsSinceBoot();
    const known = new Map<string, Known>();
    for (const [key, line] of lines) known.set(key, { line, reading: this.#toReading(line, nowS) });
    this.#known = known;
    this.#lines = new Map([...lines.values()].map((line) => [line.stat.pid, line]));
    // Copies, since what a process shares is filled in, and changes with what others do.
    return [...known.values()].map(({ reading }) => ({ ...reading }));
  }

  readShare(reading: ProcessReading): void {
    const text = readSmallFile(`${this.#proc}/${reading.pid}/smaps_rollup`);
    if (text === undefined) return;
    const anonymous = parseKib(text, 'Pss_Anon');
    const total = parseKib(text, 'Pss');
    if (anonymous !== undefined) {
      setShare(reading, text, anonymous + (parseKib(text, 'Pss_Shmem') ?? 0));
    } else if (total !== undefined) {
      // Before Linux 5.3 there is only the total.
      setShare(reading, text, Math.max(0, total - reading.fileBytes));
    }
  }

  /** Nobody in the tree waits for an orphan, so its CPU time would vanish with it. */
  #keepTimeOfOrphan(gone: ProcessReading): void {
    const hasParentHere = this.#lines.has(gone.parentPid);
    if (gone.pid === this.rootPid || hasParentHere) return;
    this.departedUserS += gone.userS;
    this.departedSystemS += gone.systemS;
  }

  #walk(root: StatLine): Map<string, StatLine> {
    const childrenOf = this.#hasChildrenFiles ? undefined : this.#allChildren();
    const lines = new Map<string, StatLine>();
    const pending = [root];
    for (let line = pending.pop(); line !== undefined; line = pending.pop()) {
      if (lines.has(keyOf(line))) continue;
      lines.set(keyOf(line), line);
      for (const pid of childrenOf?.get(line.stat.pid) ?? this.#children(line.stat)) {
        const child = this.#isExcluded(pid) ? undefined : this.#readLine(pid);
        if (child !== undefined) pending.push(child);
      }
    }
    return lines;
  }

  #children({ pid, threads }: ProcStat): readonly number[] {
    if (!this.#hasChildrenFiles) return [];
    const tasks = `${this.#proc}/${pid}/task`;
    return (threads > 1 ? listFolder(tasks) : [pid]).flatMap((thread) =>
      (readSmallFile(`${tasks}/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
    );
  }

  /** Every parent's children, for kernels without `children` files. */
  #allChildren(): ReadonlyMap<number, readonly number[]> {
    const children = new Map<number, number[]>();
    for (const name of listFolder(this.#proc)) {
      const stat = /^\d+$/.test(name) ? this.#readLine(Number(name))?.stat : undefined;
      if (stat === undefined) continue;
      const known = children.get(stat.parentPid);
      if (known === undefined) children.set(stat.parentPid, [stat.pid]);
      else known.push(stat.pid);
    }
    return children;
  }

  /** The line of the last time itself where it is the same still. */
  #readLine(pid: number): StatLine | undefined {
    const text = readSmallFile(`${this.#proc}/${pid}/stat`);
    const before = this.#lines.get(pid);
    if (text === undefined) return undefined;
    if (text === before?.text) return before;
    const stat = parseStat(text);
    return stat && { text, stat };
  }

  #toReading(line: StatLine, nowS: number): ProcessReading {
    const { stat } = line;
    const before = this.#known.get(keyOf(line));
    // What waits for a core (R) has not run either, and has something to tell all the same.
    if (before?.line === line && before.reading.isSettled && stat.state !== 'R') {
      return { ...before.reading, isIdle: true };
    }
    const isUnchanged = before?.reading.isSettled === true && before.line.stat.pages === stat.pages;
    const { rssBytes, fileBytes, highWaterBytes } = isUnchanged
      ? before.reading
      : this.#readMarks(stat.pid);
    const ageS = nowS - stat.startedTicks / TICKS_PER_SECOND;
    return {
      key: keyOf(line),
      pid: stat.pid,
      parentPid: stat.parentPid,
      userS: stat.userS,
      systemS: stat.systemS,
      rssBytes,
      fileBytes,
      highWaterBytes,
      ...(parseIo(readSmallFile(`${this.#proc}/${stat.pid}/io`) ?? '') ?? NO_IO),
      threads: stat.threads,
      isIdle: false,
      isSettled: stat.pid === this.rootPid || ageS >= SETTLING_S,
    };
  }

  #readMarks(pid: number): Pick<ProcessReading, 'rssBytes' | 'fileBytes' | 'highWaterBytes'> {
    const status = readSmallFile(`${this.#proc}/${pid}/status`) ?? '';
    const rssBytes = parseKib(status, 'VmRSS') ?? 0;
    return {
      rssBytes,
      fileBytes: Math.min(parseKib(status, 'RssFile') ?? 0, rssBytes),
      highWaterBytes: Math.max(parseKib(status, 'VmHWM') ?? 0, rssBytes),
    };
  }

  /** Where nothing tells, every process counts as old. */
  #secondsSinceBoot(): number {
    const seconds = Number.parseFloat(readSmallFile(`${this.#proc}/uptime`) ?? '');
    return Number.isNaN(seconds) ? Number.POSITIVE_INFINITY : seconds;
  }
}

/**
 * What is shared is told by one and the same text: the process may have freed or filled much since the rest was read,
 * and that is not memory that others have.
 */
function setShare(reading: ProcessReading, rollup: string, shareBytes: number): void {
  const { rssBytes, fileBytes } = reading;
  const residentBytes = parseKib(rollup, 'Rss') ?? rssBytes;
  const sharedBytes = Math.max(0, residentBytes - fileBytes - shareBytes);
  reading.shareBytes = Math.max(0, rssBytes - fileBytes - sharedBytes);
}

function keyOf({ stat }: StatLine): string {
  return `${stat.pid}/${stat.startedTicks}`;
}
