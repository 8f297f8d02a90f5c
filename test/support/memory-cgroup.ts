import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A memory limit that the kernel enforces on whoever joins, as on a container. */
export interface MemoryCgroup {
  /** A shell command that joins, and then runs what its arguments name. */
  readonly join: readonly string[];
  oomKills(): number;
  /** Kills whoever is in it at this moment. */
  killAll(): void;
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
    const pids = readFileSync(`${folder}/cgroup.procs`, 'utf8').split('\n').map(Number);
    // 0 stands for a process that this namespace does not see, and a signal to 0 reaches our own group.
    return pids.filter((pid) => pid > 1);
  }
  function killAll(): void {
    for (const pid of members()) kill(pid);
  }
  return {
    join: ['/bin/sh', '-c', `echo $$ > ${folder}/cgroup.procs && exec "$@"`, 'join'],
    oomKills() {
      const control = readFileSync(`${folder}/memory.oom_control`, 'utf8');
      return Number(/^oom_kill (\d+)$/m.exec(control)?.[1]);
    },
    killAll,
    async remove() {
      while (members().length > 0) {
        killAll();
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
