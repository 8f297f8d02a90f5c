/**
 * One process at one moment. CPU seconds include children it has waited for, so that none are lost.
 *
 * Of the resident memory, `fileBytes` are pages of files (programs, libraries, mapped data); the rest is the
 * process's own, or shared with processes forked from it: `shareBytes` is its proportional part of that rest,
 * absent where nobody asked.
 */
export interface ProcessReading {
  /** Tells processes apart for good: pids are reused, pids with a start time are not. */
  readonly key: string;
  readonly pid: number;
  readonly parentPid: number;
  readonly userS: number;
  readonly systemS: number;
  readonly rssBytes: number;
  readonly fileBytes: number;
  shareBytes?: number;
  /** The kernel's high-water mark of the resident memory (`VmHWM`). */
  readonly highWaterBytes: number;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly threads: number;
  /** It has not run since the reading before, so that nothing of it has changed either. */
  readonly isIdle: boolean;
  /** False for a child that may still show its parent's memory as its own, before it runs its program. */
  readonly isSettled: boolean;
}

/** Reads the processes of an attempt: a tree from one root. */
export interface TreeReader {
  readonly rootPid: number;
  /** CPU seconds of orphans that have gone, whom nobody in the tree waited for. */
  readonly departedUserS: number;
  readonly departedSystemS: number;
  /** A reading of each live process, parents before children; none where the root has gone. */
  read(): readonly ProcessReading[] | Promise<readonly ProcessReading[]>;
  /** Fills in `shareBytes` of a reading, where the kernel tells it. Dear: page tables are walked. */
  readShare(reading: ProcessReading): void;
}
