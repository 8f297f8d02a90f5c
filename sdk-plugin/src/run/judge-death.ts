import { constants } from 'node:os';

import type { AttemptEnd } from '../attempt/attempt.ts';
import type { Death } from './die-alike.ts';

export interface Circumstances {
  readonly endedMs: number;
  /** Kernel kills for lack of memory, in the command's own cgroup or in the one that we share with it. */
  readonly oomKills: number;
  /** What was sent to us, and passed on. */
  readonly forwarded: NodeJS.Signals | undefined;
}

/** The outcome of a command, with its evidence. */
export function judgeDeath(death: Death, circumstances: Circumstances): AttemptEnd {
  const { endedMs, oomKills, forwarded } = circumstances;
  const exitCode =
    death.code ?? (death.signal === null ? -9 : -(constants.signals[death.signal] ?? 0));
  const how =
    death.code === null
      ? `The command was killed by ${String(death.signal)}`
      : `The command ended with exit code ${death.code}`;
  if (death.code === 0) {
    return { outcome: 'succeeded', evidence: `${how}.`, endedMs, exitCode };
  }
  if (oomKills > 0) {
    const evidence = `${how}, and the kernel had killed ${oomKills} of its processes for lack of memory.`;
    return { outcome: 'oom', evidence, endedMs, exitCode };
  }
  const why =
    forwarded !== undefined && forwarded === death.signal ? `, which was sent to stepfit` : '';
  return { outcome: 'failed', evidence: `${how}${why}.`, endedMs, exitCode };
}
