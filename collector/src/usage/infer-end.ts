import type { Outcome } from '@stepfit/sdk-plugin/contract/attributes';

/** What is known of an attempt that will not say how it ended. */
export interface LastWords {
  /** Kernel OOM kills counted in the attempt's own cgroup. */
  readonly oomKills: number;
  readonly lastMemoryMiB?: number;
  /** Memory that the backend enforces. */
  readonly limitMemoryMiB?: number;
  readonly silentForMs: number;
  /** Number of a later attempt of the same task. */
  readonly newerAttempt?: number;
}

export interface InferredEnd {
  readonly outcome: Extract<Outcome, 'oom' | 'lost'>;
  /** In words, for a person who wonders why. */
  readonly evidence: string;
}

/**
 * A process that is killed at its limit was close to it when last sampled, a second or two before; one that
 * was well below it died of something else. Below 95 % the allocation of the last second would have to be
 * more than a twentieth of the limit.
 */
const NEAR_LIMIT_RATIO = 0.95;

/** `oom` where the last words say so, else `lost`. */
export function inferEnd(words: LastWords): InferredEnd {
  const { oomKills, lastMemoryMiB, limitMemoryMiB } = words;
  const end = describeEnd(words);
  if (oomKills > 0) {
    return {
      outcome: 'oom',
      evidence: `The kernel killed ${oomKills} of its processes for want of memory; ${end}.`,
    };
  }
  if (lastMemoryMiB === undefined) {
    return { outcome: 'lost', evidence: `It never reported its memory; ${end}.` };
  }
  const memory = `${Math.round(lastMemoryMiB)} MiB`;
  if (limitMemoryMiB === undefined) {
    return { outcome: 'lost', evidence: `It last used ${memory}, with no limit; ${end}.` };
  }
  const share = `${Math.round((100 * lastMemoryMiB) / limitMemoryMiB)} %`;
  return {
    outcome: lastMemoryMiB >= NEAR_LIMIT_RATIO * limitMemoryMiB ? 'oom' : 'lost',
    evidence: `It last used ${memory}, ${share} of its limit of ${Math.round(limitMemoryMiB)} MiB; ${end}.`,
  };
}

function describeEnd({ newerAttempt, silentForMs }: LastWords): string {
  return newerAttempt === undefined
    ? `then nothing for ${Math.round(silentForMs / 1000)} s`
    : `then attempt ${newerAttempt} of the task began`;
}
