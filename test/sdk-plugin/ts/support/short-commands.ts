import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { openStore } from '@stepfit/collector/db/open-store';

import { freePort, type ServedProduct, serveProduct } from '../../../support/product.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { ended } from './run-stepfit.ts';

export interface ShortCommandsOptions {
  readonly commands: number;
  /** The launcher to run them with. */
  readonly launcher: string;
  /** An empty folder. */
  readonly home: string;
  /** How long the server lives, and how long it is away then: a share of these by chance, milliseconds. */
  readonly livesMs: number;
  readonly awayMs: number;
}

export interface ShortCommandsResult {
  readonly kills: number;
  /** Commands whose exit code was another than their own. */
  readonly wrongExitCodes: number;
  /** Stored attempts by task; each should be there once. */
  readonly stored: readonly {
    readonly task: string;
    readonly exitCode: number | null;
    readonly outcome: string | null;
    readonly source: string | null;
    readonly peakMemoryMiB: number | null;
  }[];
  readonly leftInSpool: number;
  readonly drainRuns: number;
}

const EXIT_CODES = [0, 0, 3] as const;

export function exitCodeOf(command: number): number {
  return EXIT_CODES[command % EXIT_CODES.length] ?? 0;
}

/**
 * Runs short commands one after another while the server, the whole product, is killed with SIGKILL and started
 * again at random; then lets it live, runs commands until nothing is spooled, and reads what is stored.
 */
export async function runShortCommands(
  options: ShortCommandsOptions,
): Promise<ShortCommandsResult> {
  const { home, commands } = options;
  const dataDir = join(home, 'data');
  const spoolDir = join(home, 'spool');
  const port = await freePort();
  const env = {
    ...process.env,
    HOME: home,
    STEPFIT_NODE: process.execPath,
    STEPFIT_URL: `http://127.0.0.1:${port}`,
    STEPFIT_SPOOL: spoolDir,
  };
  async function run(task: string, exitCode: number): Promise<boolean> {
    const args = [
      'run',
      '--quiet',
      '--flow',
      'Loop',
      '--step',
      'short',
      '--run',
      'one',
      '--task',
      task,
    ];
    const child = spawn(options.launcher, [...args, '--', 'sh', '-c', `exit ${exitCode}`], { env });
    return (await ended(child)).code === exitCode;
  }
  const killer = startKiller(options, port, dataDir);
  let wrongExitCodes = 0;
  for (let command = 0; command < commands; command += 1) {
    // However fast the machine is, half of the commands come after a kill.
    if (command === Math.floor(commands / 2)) await killer.firstKill;
    if (!(await run(`t${command}`, exitCodeOf(command)))) wrongExitCodes += 1;
  }
  const { server, kills } = await killer.stop();
  let drainRuns = 0;
  while (spooled(spoolDir) > 0 && drainRuns < commands) {
    await run(`drain${drainRuns}`, 0);
    drainRuns += 1;
  }
  await server.stop();
  return {
    kills,
    wrongExitCodes,
    drainRuns,
    leftInSpool: spooled(spoolDir),
    stored: await readStored(dataDir),
  };
}

function startKiller(
  { livesMs, awayMs }: ShortCommandsOptions,
  port: number,
  dataDir: string,
): {
  readonly firstKill: Promise<void>;
  stop(): Promise<{ server: ServedProduct; kills: number }>;
} {
  let isOver = false;
  let kills = 0;
  const { promise: firstKill, resolve: noteKill } = Promise.withResolvers<void>();
  async function killAtRandom(): Promise<ServedProduct> {
    for (;;) {
      const server = await serveProduct({ port, dataDir });
      if (isOver) return server;
      await sleep(Math.random() * livesMs);
      const closed = once(server.process, 'close');
      server.process.kill('SIGKILL');
      await closed;
      kills += 1;
      noteKill();
      await sleep(Math.random() * awayMs);
    }
  }
  const last = killAtRandom();
  return {
    firstKill,
    stop: async () => {
      isOver = true;
      const server = await last;
      return { server, kills };
    },
  };
}

function spooled(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(ready|claimed)$/.test(name),
    ).length;
  } catch {
    return 0;
  }
}

async function readStored(dataDir: string): Promise<ShortCommandsResult['stored']> {
  const store = await openStore({ dataDir, log: silentLog });
  const rows = await store.db.selectFrom('attempt').selectAll().execute();
  await store.close();
  return rows
    .filter(({ task }) => task.startsWith('t'))
    .map((row) => ({
      task: row.task,
      exitCode: row.exit_code,
      outcome: row.outcome,
      source: row.outcome_source,
      peakMemoryMiB: row.peak_memory_mib,
    }));
}
