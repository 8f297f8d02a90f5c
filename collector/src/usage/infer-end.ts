import type { Outcome } from '@stepfit/sdk-plugin/contract/attributes';

/** What is known of an attempt that will not say how it ended. */
export interface LastWords {
  /** Kernel OOM kills counted in the attempt's own cgroup. */
  readonly oomKills: number;
  readonly lastMemoryMiB?: number;
  /** Memory that the backend enforces. */
  readonly limitMemoryMiB?: number;
  /** Of its process, as whoever started it saw; negative where a signal ended it, 128 + signal in a container. */
  readonly exitCode?: number;
  readonly silentForMs: number;
  /** Number of a later attempt of the same task. */
  readonly newerAttempt?: number;
}

export interface InferredEnd {
  readonly outcome: Extract<Outcome, 'oom' | 'lost' | 'failed'>;
  /** In words, for a person who wonders why. */
  readonly evidence: string;
}

/**
 * A process that is killed at its limit was close to it when last sampled, a second or two before; one that
 * was well below it died of something else. Below 95 % the allocation of the last second would have to be
 * more than a twentieth of the limit.
 */
const NEAR_LIMIT_RATIO = 0.95;

const SIGKILL = 9;
/** What a process does to itself; by any other signal somebody else ended it. Linux's numbers (signal(7)). */
const CRASH_SIGNALS: ReadonlyMap<number, string> = new Map([
  [4, 'SIGILL'],
  [5, 'SIGTRAP'],
  [6, 'SIGABRT'],
  [7, 'SIGBUS'],
  [8, 'SIGFPE'],
  [11, 'SIGSEGV'],
  [31, 'SIGSYS'],
]);
const OTHER_SIGNALS: ReadonlyMap<number, string> = new Map([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [SIGKILL, 'SIGKILL'],
  [15, 'SIGTERM'],
]);

/**
 * `oom` where the last words say so; `failed` where its process was seen to fail by itself; else `lost`.
 *
 * SIGKILL under a limit of the attempt's own is an OOM even far below it, since an array that is too large is
 * allocated between two samples, and whoever else ends a container asks it to end first. Without a limit it
 * may be the machine's lack of memory, an eviction or a person: that is no evidence of the attempt's need.
 */
export function inferEnd(words: LastWords): InferredEnd {
  const { oomKills, lastMemoryMiB, limitMemoryMiB, exitCode } = words;
  const end = describeEnd(words);
  if (oomKills > 0) {
    return {
      outcome: 'oom',
      evidence: `The kernel killed ${oomKills} of its processes for want of memory; ${end}.`,
    };
  }
  const evidence = `${describeMemory(words)}; ${end}.`;
  if (limitMemoryMiB !== undefined) {
    const isNear = (lastMemoryMiB ?? 0) >= NEAR_LIMIT_RATIO * limitMemoryMiB;
    if (isNear || signalOf(exitCode) === SIGKILL) return { outcome: 'oom', evidence };
  }
  return { outcome: hasFailed(exitCode) ? 'failed' : 'lost', evidence };
}

function describeMemory({ lastMemoryMiB, limitMemoryMiB }: LastWords): string {
  if (lastMemoryMiB === undefined) return 'It never reported its memory';
  const memory = `${Math.round(lastMemoryMiB)} MiB`;
  if (limitMemoryMiB === undefined) return `It last used ${memory}, with no limit`;
  const share = `${Math.round((100 * lastMemoryMiB) / limitMemoryMiB)} %`;
  return `It last used ${memory}, ${share} of its limit of ${Math.round(limitMemoryMiB)} MiB`;
}

function describeEnd({ newerAttempt, silentForMs, exitCode }: LastWords): string {
  if (exitCode !== undefined) return describeExit(exitCode);
  return newerAttempt === undefined
    ? `then nothing for ${Math.round(silentForMs / 1000)} s`
    : `then attempt ${newerAttempt} of the task began`;
}

function describeExit(exitCode: number): string {
  const signal = signalOf(exitCode);
  if (signal === undefined) return `then its process ended with exit code ${exitCode}`;
  const name = CRASH_SIGNALS.get(signal) ?? OTHER_SIGNALS.get(signal) ?? `signal ${signal}`;
  return `then ${name} ended its process (exit code ${exitCode})`;
}

function hasFailed(exitCode: number | undefined): boolean {
  if (exitCode === undefined) return false;
  const signal = signalOf(exitCode);
  return signal === undefined || CRASH_SIGNALS.has(signal);
}

/** Shells and container runtimes say 128 + signal, Python says the signal's negative. */
function signalOf(exitCode: number | undefined): number | undefined {
  if (exitCode === undefined) return undefined;
  if (exitCode < 0) return -exitCode;
  const signal = exitCode - 128;
  return CRASH_SIGNALS.has(signal) || OTHER_SIGNALS.has(signal) ? signal : undefined;
}
