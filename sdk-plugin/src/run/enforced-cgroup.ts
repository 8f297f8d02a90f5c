import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Request } from '../attempt/attempt.ts';
import { cgroupFolders, parseCgroupPaths } from '../readers/cgroup-folders.ts';
import { readSmallFile } from '../readers/small-file.ts';

const BYTES_PER_MIB = 1024 * 1024;
/** The kernel's own default, in microseconds (Documentation/scheduler/sched-bwc.rst). */
const CPU_PERIOD_US = 100_000;

/** A cgroup made for one command, with its request as limit. */
export interface EnforcedCgroup {
  /** The memory cgroup. */
  readonly folder: string;
  /** Files into which the command writes its pid. */
  readonly joinFiles: readonly string[];
  remove(): void;
}

/**
 * Makes a cgroup whose limits are the request, below our own; version 1 where the machine mounts that, else 2.
 *
 * Version 2 allows it only below a cgroup that has no processes itself (the "no internal processes" rule), or at
 * the root: in a container that is rarely so. @throws {Error} where the machine does not allow it.
 */
export function enforceRequest(
  request: Request,
  name: string,
  mount = '/sys/fs/cgroup',
): EnforcedCgroup {
  const made: string[] = [];
  function make(parent: string): string {
    const folder = join(parent, name);
    mkdirSync(folder);
    made.push(folder);
    return folder;
  }
  function remove(): void {
    for (const folder of made) removeQuietly(folder);
  }
  try {
    const paths = parseCgroupPaths(readSmallFile('/proc/self/cgroup') ?? '', 'memory');
    const [parent] = cgroupFolders('self', 'memory', { mount });
    if (parent === undefined) throw new Error('there are no cgroups');
    const folder =
      paths.version1 === undefined
        ? makeVersion2(parent, request, make)
        : makeVersion1(parent, cgroupFolders('self', 'cpu', { mount })[0], request, make);
    return { folder, joinFiles: made.map((one) => join(one, 'cgroup.procs')), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function makeVersion1(
  memoryParent: string,
  cpuParent: string | undefined,
  { memoryMiB, cpuCores }: Request,
  make: (parent: string) => string,
): string {
  const folder = make(memoryParent);
  if (memoryMiB !== undefined) {
    const limit = String(Math.round(memoryMiB * BYTES_PER_MIB));
    writeFileSync(join(folder, 'memory.limit_in_bytes'), limit);
    // Without it the kernel swaps beyond the limit; where swap is not accounted there is no such file.
    writeIfThere(join(folder, 'memory.memsw.limit_in_bytes'), limit);
  }
  if (cpuCores !== undefined && cpuParent !== undefined) {
    const cpuFolder = make(cpuParent);
    writeFileSync(join(cpuFolder, 'cpu.cfs_period_us'), String(CPU_PERIOD_US));
    writeFileSync(
      join(cpuFolder, 'cpu.cfs_quota_us'),
      String(Math.round(cpuCores * CPU_PERIOD_US)),
    );
  }
  return folder;
}

function makeVersion2(
  parent: string,
  { memoryMiB, cpuCores }: Request,
  make: (parent: string) => string,
): string {
  const controllers = [
    ...(memoryMiB === undefined ? [] : ['+memory']),
    ...(cpuCores === undefined ? [] : ['+cpu']),
  ];
  if (controllers.length > 0) {
    writeFileSync(join(parent, 'cgroup.subtree_control'), controllers.join(' '));
  }
  const folder = make(parent);
  if (memoryMiB !== undefined) {
    writeFileSync(join(folder, 'memory.max'), String(Math.round(memoryMiB * BYTES_PER_MIB)));
    writeIfThere(join(folder, 'memory.swap.max'), '0');
  }
  if (cpuCores !== undefined) {
    const quota = Math.round(cpuCores * CPU_PERIOD_US);
    writeFileSync(join(folder, 'cpu.max'), `${quota} ${CPU_PERIOD_US}`);
  }
  return folder;
}

function writeIfThere(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'r+' });
  } catch {
    // The kernel was built without it.
  }
}

/** A daemon that the command left behind keeps its cgroup. */
function removeQuietly(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It goes when the machine does.
  }
}
