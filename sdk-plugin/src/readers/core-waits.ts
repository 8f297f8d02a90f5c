import { parseSchedstat } from './proc-files.ts';
import { listFolder, readSmallFile } from './small-file.ts';

/**
 * Reading one thread costs some 10 microseconds. A tree with more threads than this is not followed: half an
 * answer would look like a whole one.
 */
const MAX_THREADS = 256;

/**
 * How long the threads of an attempt waited for a core: what the kernel counts for each, added up into one
 * sum that only rises.
 *
 * What a thread waited before it was first seen counts, except for those of the first reading: they were
 * there before the attempt. What it waited between its last reading and its end is lost.
 */
export class CoreWaits {
  readonly #proc: string;
  #seen: ReadonlyMap<string, number> | undefined;
  #totalS = 0;
  #isReadable = true;

  constructor(proc = '/proc') {
    this.#proc = proc;
  }

  /**
   * Takes a reading of all threads of `pids`. Returns the seconds waited so far, `undefined` where the kernel
   * does not tell, or there are too many threads to ask.
   */
  fold(pids: readonly number[]): number | undefined {
    if (!this.#isReadable) return undefined;
    const waits = this.#read(pids);
    if (waits === undefined || (this.#seen === undefined && waits.size === 0)) {
      this.#isReadable = false;
      return undefined;
    }
    if (this.#seen !== undefined) {
      for (const [thread, waitedS] of waits) {
        this.#totalS += Math.max(0, waitedS - (this.#seen.get(thread) ?? 0));
      }
    }
    this.#seen = waits;
    return this.#totalS;
  }

  #read(pids: readonly number[]): ReadonlyMap<string, number> | undefined {
    const waits = new Map<string, number>();
    for (const pid of pids) {
      const tasks = `${this.#proc}/${pid}/task`;
      for (const thread of listFolder(tasks)) {
        const waitedS = parseSchedstat(readSmallFile(`${tasks}/${thread}/schedstat`) ?? '');
        if (waitedS !== undefined) waits.set(`${pid}/${thread}`, waitedS);
        if (waits.size > MAX_THREADS) return undefined;
      }
    }
    return waits;
  }
}
