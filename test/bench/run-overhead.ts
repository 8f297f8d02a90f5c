import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { waitedCpu } from '@stepfit/sdk-plugin/readers/children-marks';
import { parseKib, parseStat } from '@stepfit/sdk-plugin/readers/proc-files';

import { startRecordingCollector } from '../support/metaflow-collector.ts';
import { trackerPython } from '../support/tracker-python.ts';
import { installPackage } from './install-package.ts';

const SECONDS = 60;
const SETTLE_SECONDS = 10;
const ROUNDS = 10;

/** What measuring costs: the packed `stepfit run`, resource-tracker 0.5 and pidusage over one and the same tree. */
interface Cost {
  readonly corePercent: number;
  readonly peakRssMiB: number;
}

/**
 * `node test/bench/run-overhead.ts`: processor time and memory of three samplers beside one tree of 20 processes, in
 * one run, at 1 Hz; then the time that `stepfit run` adds to `true` and to a command of a minute.
 */
async function main(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'stepfit-overhead-'));
  const collector = await startRecordingCollector();
  const launcher = installPackage(join(home, 'app'));
  const env = {
    ...process.env,
    HOME: home,
    STEPFIT_NODE: process.execPath,
    STEPFIT_URL: collector.url,
  };
  try {
    const command = [launcher, 'run', '--quiet', '--flow', 'Bench', '--step', 'tree', '--'];
    const minute = ['sleep', String(SECONDS)];
    const [minuteMs, minuteThroughMs] = await Promise.all([
      timeMs(minute, env),
      timeMs([...command, ...minute], env),
      measureTree(command, env),
    ]);
    process.stdout.write(`\nTime on the clock and on a core, median of ${ROUNDS}, taking turns\n`);
    const times = await timesOf(
      [
        ['true', ['true']],
        ['the same under stepfit run', [...command, 'true']],
        ['Node that does nothing', [process.execPath, '-e', '0']],
      ],
      env,
    );
    for (const [what, { wallMs, cpuMs }] of times) {
      process.stdout.write(row(what, `${wallMs.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of a core`));
    }
    process.stdout.write(
      row(
        `a command of ${SECONDS} s under stepfit run`,
        `${(minuteThroughMs - minuteMs).toFixed(0)} ms more`,
      ),
    );
  } finally {
    await collector.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function measureTree(command: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const python = await trackerPython();
  const here = import.meta.dirname;
  const [file = '', ...args] = command;
  const lastsS = SECONDS + SETTLE_SECONDS;
  const run = spawn(file, [...args, python, join(here, 'run_overhead_tree.py'), String(lastsS)], {
    env,
    stdio: 'ignore',
  });
  const root = await childOf(run);
  const tracker = spawn(python, [join(here, 'run_overhead_tracker.py'), String(root)], {
    stdio: 'ignore',
  });
  const pidusage = spawn(
    process.execPath,
    [join(here, 'run-overhead-pidusage.mjs'), String(root)],
    {
      stdio: 'ignore',
    },
  );
  await sleep(SETTLE_SECONDS * 1000);
  const samplers = [
    ['stepfit run', run],
    ['resource-tracker 0.5', tracker],
    ['pidusage 4.1, resident memory alone', pidusage],
  ] as const;
  const before = samplers.map(([, sampler]) => cpuSeconds(sampler, root));
  await sleep((SECONDS - 5) * 1000);
  const costs = samplers.map(([name, sampler], at): readonly [string, Cost] => [
    name,
    {
      corePercent: (100 * (cpuSeconds(sampler, root) - (before[at] ?? 0))) / (SECONDS - 5),
      peakRssMiB: pidsOf(sampler, root).reduce((sum, pid) => sum + highWaterMiB(pid), 0),
    },
  ]);
  tracker.kill('SIGKILL');
  pidusage.kill('SIGKILL');
  await once(run, 'close');
  process.stdout.write(
    `\nMeasuring 20 processes with 200 MB of shared memory, 1 Hz, ${SECONDS - 5} s\n`,
  );
  for (const [name, { corePercent, peakRssMiB }] of costs) {
    process.stdout.write(
      row(name, `${corePercent.toFixed(2)} % of a core, ${peakRssMiB.toFixed(0)} MiB`),
    );
  }
}

/** The command itself: the only child of the wrapper that is not a sampler's. */
async function childOf(run: ChildProcess): Promise<number> {
  for (;;) {
    await sleep(50);
    const [child] = readFileSync(`/proc/${run.pid}/task/${run.pid}/children`, 'utf8').split(' ');
    if (child) return Number(child);
  }
}

/** A sampler's own processes; the measured tree is none of them. */
function pidsOf(sampler: ChildProcess, root: number): readonly number[] {
  const found = [sampler.pid ?? 0];
  for (const pid of found) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean);
    found.push(...children.map(Number).filter((child) => child !== root));
  }
  return found;
}

function cpuSeconds(sampler: ChildProcess, root: number): number {
  return pidsOf(sampler, root).reduce((sum, pid) => {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return sum + (stat?.userS ?? 0) + (stat?.systemS ?? 0);
  }, 0);
}

function highWaterMiB(pid: number): number {
  return (parseKib(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmHWM') ?? 0) / 2 ** 20;
}

interface Times {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** On a busy machine the clock tells how long the command waited for a core, and a core what it costs. */
async function timesOf(
  commands: readonly (readonly [what: string, command: readonly string[]])[],
  env: NodeJS.ProcessEnv,
): Promise<readonly (readonly [what: string, times: Times])[]> {
  const rounds = new Map<string, Times[]>(commands.map(([what]) => [what, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [what, command] of commands) {
      const before = waitedMs();
      const wallMs = await timeMs(command, env);
      rounds.get(what)?.push({ wallMs, cpuMs: waitedMs() - before });
    }
  }
  return [...rounds].map(([what, times]) => [
    what,
    {
      wallMs: median(times.map(({ wallMs }) => wallMs)),
      cpuMs: median(times.map(({ cpuMs }) => cpuMs)),
    },
  ]);
}

/** Of the children that this process has waited for, and theirs. */
function waitedMs(): number {
  const { userS, systemS } = waitedCpu() ?? { userS: Number.NaN, systemS: Number.NaN };
  return 1000 * (userS + systemS);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The collector is in this process, so that nothing here may wait without letting it answer. */
async function timeMs(
  [file = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const beganMs = performance.now();
  await once(spawn(file, args, { env, stdio: 'ignore' }), 'close');
  return performance.now() - beganMs;
}

function row(what: string, figure: string): string {
  return `  ${what.padEnd(50)} ${figure}\n`;
}

await main();
