import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A memory limit that the kernel enforces on whoever joins, as on a container. */
export interface MemoryCgroup {
  /** A shell command that joins, and then runs what its arguments name. */
  readonly join: readonly string[];
  /** Processes in it. */
  members(): readonly number[];
  oomKills(): number;
  /** Kills whoever is still in it, as the end of a container does, and removes it. */
  remove(): Promise<void>;
}

/** Version 1 is tried: it lets root make a group below any other, without handing over the controller first. */
const CONTROLLER = '/sys/fs/cgroup/memory';

/** Why this machine cannot limit memory; undefined where it can. */
export function whyNoMemoryCgroup(): string | undefined {
  try {
    const folder = mkdtempSync(`${CONTROLLER}/stepfit-probe-`);
    writeFileSync(`${folder}/memory.limit_in_bytes`, '100000000');
    rmdirSync(folder);
    return undefined;
  } catch (error) {
    return `no cgroup with a memory limit can be made here: ${String(error)}`;
  }
}

/** A new group; without a limit it only counts. */
export function makeMemoryCgroup(name: string, limitBytes?: number): MemoryCgroup {
  const folder = `${CONTROLLER}/${name}`;
  mkdirSync(folder);
  if (limitBytes !== undefined) {
    writeFileSync(`${folder}/memory.limit_in_bytes`, String(limitBytes));
  }
  function members(): readonly number[] {
    return readFileSync(`${folder}/cgroup.procs`, 'utf8').split('\n').filter(Boolean).map(Number);
  }
  return {
    join: ['/bin/sh', '-c', `echo $$ > ${folder}/cgroup.procs && exec "$@"`, 'join'],
    members,
    oomKills() {
      const control = readFileSync(`${folder}/memory.oom_control`, 'utf8');
      return Number(/^oom_kill (\d+)$/m.exec(control)?.[1]);
    },
    async remove() {
      for (let pids = members(); pids.length > 0; pids = members()) {
        for (const pid of pids) kill(pid);
        await sleep(10);
      }
      rmdirSync(folder);
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
