import { readSmallFile } from './small-file.ts';

/** Memory of one cgroup, bytes. */
export interface CgroupReading {
  readonly usage: number;
  /** Page cache within the usage, which the kernel would drop before killing anything. */
  readonly cache: number;
  /** The kernel's mark; absent before Linux 5.19 (version 2). */
  readonly highWater?: number;
  readonly limit?: number;
  /** Processes killed for lack of memory in it, ever. */
  readonly oomKills?: number;
}

/** Version 1 says "no limit" with the largest page-aligned number. */
const NO_LIMIT_BYTES = 2 ** 60;

export interface CgroupPlace {
  readonly proc?: string;
  readonly mount?: string;
}

/**
 * The folder of the memory cgroup of a process, or `undefined`.
 *
 * Inside a container the path that /proc names may be the host's: the mount's root is the container then.
 */
export function findMemoryCgroup(
  pid: number,
  { proc = '/proc', mount = '/sys/fs/cgroup' }: CgroupPlace = {},
): string | undefined {
  const paths = parseCgroupPaths(readSmallFile(`${proc}/${pid}/cgroup`) ?? '');
  const candidates = [
    ...(paths['memory'] === undefined
      ? []
      : [`${mount}/memory${paths['memory']}`, `${mount}/memory`]),
    ...(paths['unified'] === undefined ? [] : [mount + paths['unified'], mount]),
  ];
  return candidates.find((folder) => readCgroup(folder) !== undefined)?.replace(/\/+$/, '');
}

/** The paths in `/proc/PID/cgroup` by hierarchy: one for each controller of version 1, and version 2's. */
export function parseCgroupPaths(text: string): Readonly<Record<string, string | undefined>> {
  const paths: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, controllers, ...rest] = line.split(':');
    if (controllers === undefined || rest.length === 0) continue;
    const path = rest.join(':');
    if (controllers === '') paths['unified'] = path;
    for (const controller of controllers.split(',')) if (controller) paths[controller] = path;
  }
  return paths;
}

/** Memory of one cgroup, version 2 or 1, or `undefined` if the folder is no memory cgroup. */
export function readCgroup(folder: string): CgroupReading | undefined {
  const usage = readInt(`${folder}/memory.current`);
  return usage === undefined ? readVersion1(folder) : readVersion2(folder, usage);
}

function readVersion2(folder: string, usage: number): CgroupReading {
  const stat = parsePairs(readSmallFile(`${folder}/memory.stat`) ?? '');
  // Pages of tmpfs are on the anonymous lists: they cannot be dropped, and count as need.
  const cache =
    (stat.get('active_file') ?? 0) +
    (stat.get('inactive_file') ?? 0) +
    (stat.get('slab_reclaimable') ?? 0);
  return present({
    usage,
    cache: Math.min(cache, usage),
    highWater: readInt(`${folder}/memory.peak`),
    limit: readInt(`${folder}/memory.max`),
    oomKills: parsePairs(readSmallFile(`${folder}/memory.events`) ?? '').get('oom_kill'),
  });
}

function readVersion1(folder: string): CgroupReading | undefined {
  const usage = readInt(`${folder}/memory.usage_in_bytes`);
  if (usage === undefined) return undefined;
  const stat = parsePairs(readSmallFile(`${folder}/memory.stat`) ?? '');
  const cache = (stat.get('total_active_file') ?? 0) + (stat.get('total_inactive_file') ?? 0);
  const limit = readInt(`${folder}/memory.limit_in_bytes`);
  return present({
    usage,
    cache: Math.min(cache, usage),
    highWater: readInt(`${folder}/memory.max_usage_in_bytes`),
    limit: limit === undefined || limit >= NO_LIMIT_BYTES ? undefined : limit,
    oomKills: parsePairs(readSmallFile(`${folder}/memory.oom_control`) ?? '').get('oom_kill'),
  });
}

/** `name value` lines, as `memory.stat` and `memory.events` have them. */
export function parsePairs(text: string): ReadonlyMap<string, number> {
  const pairs = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name, value] = line.split(' ');
    if (name && value !== undefined && /^\d+$/.test(value)) pairs.set(name, Number(value));
  }
  return pairs;
}

function readInt(path: string): number | undefined {
  const text = readSmallFile(path)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function present(reading: {
  [Key in keyof CgroupReading]: CgroupReading[Key] | undefined;
}): CgroupReading {
  const entries = Object.entries(reading).filter(([, value]) => value !== undefined);
  // Only optional fields can be undefined here.
  return Object.fromEntries(entries) as unknown as CgroupReading;
}
