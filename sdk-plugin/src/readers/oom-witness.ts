import { parsePairs } from './cgroup-folders.ts';
import { findMemoryCgroup } from './cgroup.ts';
import { readSmallFile } from './small-file.ts';

/** Between a kill and the moment at which its parent, or the sampler, has noticed. */
const LATELY_MS = 5_000;

/**
 * The kernel's count of processes that it killed for lack of memory, where an attempt has no cgroup of its own.
 *
 * It is the count of the cgroup that the attempt shares with others, or else of the whole machine. A kill among
 * them is the attempt's own only if it falls together with its trouble, so what counts is the last seconds.
 */
export class OomWitness {
  readonly #path: string | undefined;
  readonly #nowMs: () => number;
  /** Of which only the first may be older than `LATELY_MS`. */
  readonly #counts: { readonly atMs: number; readonly count: number }[] = [];

  constructor(pid: number | 'self', nowMs: () => number = () => performance.now()) {
    const folder = findMemoryCgroup(pid) ?? '';
    // Version 2, version 1, the machine's.
    const candidates = [`${folder}/memory.events`, `${folder}/memory.oom_control`, '/proc/vmstat'];
    this.#path = candidates.find((path) => countKills(path) !== undefined);
    this.#nowMs = nowMs;
    this.look();
  }

  look(): void {
    const count = this.#path === undefined ? undefined : countKills(this.#path);
    if (count === undefined) return;
    const atMs = this.#nowMs();
    this.#counts.push({ atMs, count });
    while ((this.#counts[1]?.atMs ?? Number.POSITIVE_INFINITY) < atMs - LATELY_MS) {
      this.#counts.shift();
    }
  }

  /** Kills since the last look that is older than five seconds, or since the first. */
  killsLately(): number {
    return (this.#counts.at(-1)?.count ?? 0) - (this.#counts[0]?.count ?? 0);
  }
}

function countKills(path: string): number | undefined {
  return parsePairs(readSmallFile(path)).get('oom_kill');
}
