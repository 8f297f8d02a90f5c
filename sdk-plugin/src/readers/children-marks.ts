import type { CpuSeconds } from '../sampling/recorder.ts';
import { parseKib, parseStat } from './proc-files.ts';
import { readSmallFile } from './small-file.ts';

const RUSAGE_CHILDREN = -1;
/** `struct rusage`: two `timeval`s of 16 bytes, then `ru_maxrss`, with room for the rest. */
const RUSAGE_BYTES = 256;
const MAXRSS_AT = 32;

/**
 * CPU seconds of all processes that this one has waited for, and that those have waited for: exact to a tick of
 * 10 ms once the command has ended.
 */
export function waitedCpu(): CpuSeconds | undefined {
  const stat = parseStat(readSmallFile('/proc/self/stat') ?? '');
  return stat && { userS: stat.waitedUserS, systemS: stat.waitedSystemS };
}

/** Memory that a child holds between fork and exec, bytes: no mark below it says anything of the command. */
export function ownAnonymousBytes(): number {
  const status = readSmallFile('/proc/self/status') ?? '';
  return (parseKib(status, 'RssAnon') ?? 0) + (parseKib(status, 'RssShmem') ?? 0);
}

/**
 * Highest resident memory of any one process that was waited for, in bytes (`getrusage(2)`): it knows of what came
 * and went between two samples. `undefined` where koffi, an optional dependency, is not installed.
 */
export async function childrenMaxRss(): Promise<number | undefined> {
  try {
    const { default: koffi } = await import('koffi');
    const getrusage = koffi.load(null).func('int getrusage(int who, void *usage)') as (
      who: number,
      usage: Buffer,
    ) => number;
    const usage = Buffer.alloc(RUSAGE_BYTES);
    if (getrusage(RUSAGE_CHILDREN, usage) !== 0) return undefined;
    const bytesPerUnit = process.platform === 'darwin' ? 1 : 1024;
    return Number(usage.readBigInt64LE(MAXRSS_AT)) * bytesPerUnit;
  } catch {
    return undefined;
  }
}
