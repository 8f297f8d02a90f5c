import { parseSchedstat } from './proc-files.ts';
import type { ProcessReading } from './process-reading.ts';
import { listFolder, readSmallFile } from './small-file.ts';

/**
 * Reading one thread costs some 10 microseconds. A tree with more threads than this is not followed: half an
 * answer would look like a whole one.
 */
const MAX_THREADS = 256;

type Threaded = Pick<ProcessReading, 'pid' | 'threads' | 'isIdle'>;
type ThreadWaits = ReadonlyMap<string, number>;

/**
 * How long the threads of an attempt waited for a core: what the kernel counts for each, added up into one
 * sum that only rises.
 *
 * What a thread waited before it was first seen counts, except for those of the first reading: they were
 * there before the attempt. What it waited between its last reading and its end is lost.
 */
export class CoreWaits {
  readonly #proc: string;
  /** Seconds by thread, by process. */
  #seen: ReadonlyMap<number, ThreadWaits> | undefined;
  #totalS = 0;
  #isReadable = true;

  constructor(proc = '/proc') {
    this.#proc = proc;
  }

  /**
   * Takes a reading of all threads of the processes. Returns the seconds waited so far, `undefined` where the kernel
   * does not tell, or there are too many threads to ask.
   */
  fold(processes: readonly Threaded[]): number | undefined {
    if (!this.#isReadable) return undefined;
    const threads = processes.reduce((sum, process) => sum + process.threads, 0);
    const waits = new Map(
      threads > MAX_THREADS ? [] : processes.map((process) => [process.pid, this.#read(process)]),
    );
    const isSilent = [...waits.values()].every(({ size }) => size === 0);
    if (threads > MAX_THREADS || (this.#seen === undefined && isSilent)) {
      this.#isReadable = false;
      return undefined;
    }
    if (this.#seen !== undefined) {
      for (const [pid, ofThreads] of waits) {
        const before = this.#seen.get(pid);
        for (const [thread, waitedS] of ofThreads) {
          this.#totalS += Math.max(0, waitedS - (before?.get(thread) ?? 0));
        }
      }
    }
    this.#seen = waits;
    return this.#totalS;
  }

  #read({ pid, threads, isIdle }: Threaded): ThreadWaits {
    const before = this.#seen?.get(pid);
    if (isIdle && before !== undefined) return before;
    const waits = new Map<string, number>();
    const tasks = `${this.#proc}/${pid}/task`;
    for (const thread of threads > 1 ? listFolder(tasks) : [String(pid)]) {
      const waitedS = parseSchedstat(readSmallFile(`${tasks}/${thread}/schedstat`) ?? '');
      if (waitedS !== undefined) waits.set(thread, waitedS);
    }
    return waits;
  }
}
