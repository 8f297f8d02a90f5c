import { existsSync } from 'node:fs';

import { readSmallFile } from './small-file.ts';

export interface CgroupPlace {
  readonly proc?: string;
  readonly mount?: string;
}

/**
 * Folders that may be the cgroup of a process for a controller, the closest first, then those around it.
 *
 * Inside a container the path that /proc names may be the host's: the mount's root is the container then.
 */
export function cgroupFolders(
  pid: number | 'self',
  controller: string,
  { proc = '/proc', mount = '/sys/fs/cgroup' }: CgroupPlace = {},
): readonly string[] {
  const { version1, version2 } = parseCgroupPaths(
    readSmallFile(`${proc}/${pid}/cgroup`) ?? '',
    controller,
  );
  const roots = [`${mount}/${controller}`, `${mount}/${version1?.controllers ?? controller}`];
  const root = roots.find((folder) => existsSync(folder)) ?? `${mount}/${controller}`;
  return [
    ...(version1 === undefined ? [] : upwards(root, version1.path)),
    ...(version2 === undefined ? [] : upwards(mount, version2)),
  ];
}

/** The paths in `/proc/PID/cgroup` for one controller: version 1's hierarchy that has it, and version 2's. */
export function parseCgroupPaths(
  text: string,
  controller: string,
): {
  readonly version1?: { readonly controllers: string; readonly path: string };
  readonly version2?: string;
} {
  let version1: { controllers: string; path: string } | undefined;
  let version2: string | undefined;
  for (const line of text.split('\n')) {
    const [, controllers, ...rest] = line.split(':');
    if (controllers === undefined || rest.length === 0) continue;
    const path = rest.join(':');
    if (controllers === '') version2 = path;
    else if (controllers.split(',').includes(controller)) version1 = { controllers, path };
  }
  return {
    ...(version1 !== undefined && { version1 }),
    ...(version2 !== undefined && { version2 }),
  };
}

function upwards(root: string, path: string): readonly string[] {
  const parts = path.split('/').filter(Boolean);
  // Outside of what is mounted here.
  if (parts.includes('..')) return [root];
  return parts
    .map((_, index) => [root, ...parts.slice(0, parts.length - index)].join('/'))
    .concat(root);
}

/** `name value` lines, as `memory.stat`, `cpu.stat` and `memory.events` have them. */
export function parsePairs(text: string | undefined): ReadonlyMap<string, number> {
  const pairs = new Map<string, number>();
  for (const line of (text ?? '').split('\n')) {
    const [name, value] = line.split(' ');
    if (name && value !== undefined && /^\d+$/.test(value)) pairs.set(name, Number(value));
  }
  return pairs;
}

/** A file of one number; `undefined` for `max` and everything else. */
export function readNumber(path: string): number | undefined {
  const text = readSmallFile(path)?.trim();
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
