import { type CgroupPlace, cgroupFolders, parsePairs, readNumber } from './cgroup-folders.ts';
import { readSmallFile } from './small-file.ts';

/** Memory of one cgroup, bytes. */
export interface CgroupReading {
  readonly usage: number;
  /** Pages of files within the usage, those that processes have mapped included. */
  readonly cache: number;
  /** The kernel's mark; absent before Linux 5.19 (version 2). */
  readonly highWater?: number;
  readonly limit?: number;
  /** Processes killed for lack of memory in it, ever. */
  readonly oomKills?: number;
}

/** Version 1 says "no limit" with the largest page-aligned number. */
const NO_LIMIT_BYTES = 2 ** 60;
/**
 * Version 1 does not tell reclaimable kernel memory from the rest. What comes and goes with page cache is a
 * `struct buffer_head` of 104 bytes for each block of 4 KiB (ext4; others have less, and so less kernel memory).
 */
const BUFFER_HEADS_SHARE = 104 / 4096;

/** The folder of the memory cgroup of a process, or `undefined`. */
export function findMemoryCgroup(
  pid: number | 'self',
  place: CgroupPlace = {},
): string | undefined {
  return cgroupFolders(pid, 'memory', place).find((folder) => readCgroup(folder) !== undefined);
}

/** Memory of one cgroup, version 2 or 1, or `undefined` if the folder is no memory cgroup. */
export function readCgroup(folder: string): CgroupReading | undefined {
  const usage = readNumber(`${folder}/memory.current`);
  return usage === undefined ? readVersion1(folder) : readVersion2(folder, usage);
}

function readVersion2(folder: string, usage: number): CgroupReading {
  const stat = parsePairs(readSmallFile(`${folder}/memory.stat`));
  // Pages of tmpfs are on the anonymous lists: they cannot be dropped, and count as need.
  const cache =
    (stat.get('active_file') ?? 0) +
    (stat.get('inactive_file') ?? 0) +
    (stat.get('slab_reclaimable') ?? 0);
  return withKnown(usage, cache, {
    highWater: readNumber(`${folder}/memory.peak`),
    limit: readNumber(`${folder}/memory.max`),
    oomKills: parsePairs(readSmallFile(`${folder}/memory.events`)).get('oom_kill'),
  });
}

function readVersion1(folder: string): CgroupReading | undefined {
  const usage = readNumber(`${folder}/memory.usage_in_bytes`);
  if (usage === undefined) return undefined;
  const stat = parsePairs(readSmallFile(`${folder}/memory.stat`));
  const pages = (stat.get('total_active_file') ?? 0) + (stat.get('total_inactive_file') ?? 0);
  const kernel = readNumber(`${folder}/memory.kmem.usage_in_bytes`) ?? 0;
  const cache = pages + Math.min(kernel, Math.trunc(pages * BUFFER_HEADS_SHARE));
  const limit = readNumber(`${folder}/memory.limit_in_bytes`);
  return withKnown(usage, cache, {
    highWater: readNumber(`${folder}/memory.max_usage_in_bytes`),
    limit: limit === undefined || limit >= NO_LIMIT_BYTES ? undefined : limit,
    oomKills: parsePairs(readSmallFile(`${folder}/memory.oom_control`)).get('oom_kill'),
  });
}

function withKnown(
  usage: number,
  cache: number,
  { highWater, limit, oomKills }: Record<'highWater' | 'limit' | 'oomKills', number | undefined>,
): CgroupReading {
  return {
    usage,
    cache: Math.min(cache, usage),
    ...(highWater !== undefined && { highWater }),
    ...(limit !== undefined && { limit }),
    ...(oomKills !== undefined && { oomKills }),
  };
}
