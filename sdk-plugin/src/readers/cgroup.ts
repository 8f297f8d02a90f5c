import { type CgroupPlace, cgroupFolders, parsePairs, readNumber } from './cgroup-folders.ts';
import { readSmallFile } from './small-file.ts';

/** Memory of one cgroup, bytes. */
export interface CgroupReading {
  readonly usage: number;
  /** Pages of files within the usage. */
  readonly cache: number;
  /** Those of them that processes have mapped, tmpfs included. */
  readonly mapped: number;
  /** The kernel's mark; absent before Linux 5.19 (version 2). */
  readonly highWater?: number;
  readonly limit?: number;
  /** Processes killed for lack of memory in it, ever. */
  readonly oomKills?: number;
}

/** Version 1 says "no limit" with the largest page-aligned number. */
const NO_LIMIT_BYTES = 2 ** 60;

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
  return withKnown(usage, cache, stat.get('file_mapped') ?? 0, {
    highWater: readNumber(`${folder}/memory.peak`),
    limit: readNumber(`${folder}/memory.max`),
    oomKills: parsePairs(readSmallFile(`${folder}/memory.events`)).get('oom_kill'),
  });
}

function readVersion1(folder: string): CgroupReading | undefined {
  const usage = readNumber(`${folder}/memory.usage_in_bytes`);
  if (usage === undefined) return undefined;
  const stat = parsePairs(readSmallFile(`${folder}/memory.stat`));
  const cache = (stat.get('total_active_file') ?? 0) + (stat.get('total_inactive_file') ?? 0);
  const limit = readNumber(`${folder}/memory.limit_in_bytes`);
  return withKnown(usage, cache, stat.get('total_mapped_file') ?? 0, {
    highWater: readNumber(`${folder}/memory.max_usage_in_bytes`),
    limit: limit === undefined || limit >= NO_LIMIT_BYTES ? undefined : limit,
    oomKills: parsePairs(readSmallFile(`${folder}/memory.oom_control`)).get('oom_kill'),
  });
}

function withKnown(
  usage: number,
  cache: number,
  mapped: number,
  { highWater, limit, oomKills }: Record<'highWater' | 'limit' | 'oomKills', number | undefined>,
): CgroupReading {
  return {
    usage,
    cache: Math.min(cache, usage),
    mapped,
    ...(highWater !== undefined && { highWater }),
    ...(limit !== undefined && { limit }),
    ...(oomKills !== undefined && { oomKills }),
  };
}
