import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { inject } from 'vitest';

import { makeMemoryCgroup } from '../memory-cgroup.ts';

export interface ContainerSpec {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What the runtime would set as the cgroup's limit; without it the cgroup only counts. */
  readonly memoryLimitBytes?: number;
}

export interface ContainerEnd {
  /** As container runtimes give it: 128 + signal where a signal ended the process. */
  readonly exitCode: number;
  readonly wasOomKilled: boolean;
}

const OOM_CHECK_MS = 20;

/**
 * Runs a container's command as a process of this machine, with folders of its own below `home`, in a memory
 * cgroup of its own. When the kernel kills in it, everything in it dies at once, as kubelets have it on
 * cgroup v2 (`memory.oom.group`), and whatever is left at the end dies with it.
 */
export async function runContainer(spec: ContainerSpec, home: string): Promise<ContainerEnd> {
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(join(home, 'container-'));
  const cgroup = makeMemoryCgroup(`stepfit-test-${randomUUID()}`, spec.memoryLimitBytes);
  const log = openSync(`${folder}.log`, 'w');
  const [program = '', ...args] = [...cgroup.join, ...spec.command];
  const child = spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      // Whatever `python` an image would have.
      PATH: `${dirname(inject('python'))}:/usr/bin:/bin`,
      HOME: folder,
      PYTHONDONTWRITEBYTECODE: '1',
      // There is no package index in a container of this kind, and nothing to fetch from it.
      METAFLOW_SKIP_INSTALL_DEPENDENCIES: '1',
      ...spec.environment,
    },
  });
  const watch = setInterval(() => {
    if (cgroup.oomKills() > 0) cgroup.killAll();
  }, OOM_CHECK_MS);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) => {
    child.on('exit', (...end) => {
      done(end);
    });
  });
  clearInterval(watch);
  const wasOomKilled = cgroup.oomKills() > 0;
  await cgroup.remove();
  rmSync(folder, { recursive: true, force: true });
  return { exitCode: code ?? (signal === 'SIGKILL' ? 137 : 143), wasOomKilled };
}
