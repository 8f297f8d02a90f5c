import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { inject } from 'vitest';

export interface FlowRun {
  /** Null where a signal ended the run. */
  readonly exitCode: number | null;
  readonly output: string;
  readonly durationMs: number;
  /** Metaflow's id of the run, as it was printed; empty where nothing was launched. */
  readonly runId: string;
}

/** The kernel's own figures for a task, which the test flows leave as they exit. */
export interface KernelMarks {
  readonly vm_hwm_bytes: number;
  readonly self_maxrss_bytes: number;
  readonly children_maxrss_bytes: number;
  readonly cpu_seconds: number;
}

/** A home, a working directory and a datastore of their own for real Metaflow runs. */
export interface FlowPlace {
  /** What marks processes as started from here, as `STEPFIT_TEST_PLACE` in their environment. */
  readonly id: string;
  readonly workDir: string;
  /** Runs `python <flow> run --with stepfit` against the collector at `url`, and waits for it. */
  run(flow: string, url: string, options?: RunOptions): Promise<FlowRun>;
  /** Runs Python with these arguments here, `within` another command if there is one, and waits for it. */
  python(
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
    within?: readonly string[],
  ): Promise<FlowRun>;
  /** Waits until every sampler that runs here has ended. */
  samplersEnded(): Promise<void>;
  /** Waits until nothing that was started here, a task whose scheduler is gone for one, runs any more. */
  allEnded(): Promise<void>;
  spooled(): readonly string[];
  /** What is spooled for one collector. */
  spooledFor(url: string): readonly string[];
  /** The cards of a run's tasks, by their paths below Metaflow's folder for cards. */
  cardsOf(runId: string): ReadonlyMap<string, string>;
  marks(step: string): readonly KernelMarks[];
  /** The figures that a flow left in `STEPFIT_MARKS_DIR` under a name. */
  left(name: string): Readonly<Record<string, number>>;
  remove(): void;
}

interface RunOptions {
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Longer than any flow here takes: a run that hangs because of us fails its test. */
const LONGEST_RUN_MS = 240_000;

/** Runs the tests' own Python there, unless another is given. */
export function makeFlowPlace(interpreter: string = inject('python')): FlowPlace {
  const home = mkdtempSync(join(tmpdir(), 'stepfit-flow-'));
  const workDir = join(home, 'work');
  const marksDir = join(home, 'marks');
  const spoolDir = join(home, 'spool');
  for (const folder of [workDir, marksDir]) mkdirSync(folder);
  const placeId = randomUUID();

  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    METAFLOW_USER: 'tester',
    METAFLOW_DATASTORE_SYSROOT_LOCAL: join(home, 'datastore'),
    METAFLOW_STEPFIT_SPOOL: spoolDir,
    STEPFIT_MARKS_DIR: marksDir,
    STEPFIT_TEST_PLACE: placeId,
    PYTHONDONTWRITEBYTECODE: '1',
  };

  function spooled(): readonly string[] {
    if (!existsSync(spoolDir)) return [];
    const names = readdirSync(spoolDir, { recursive: true, encoding: 'utf8' });
    return names.filter((name) => /\.(ready|claimed)$/.test(name));
  }

  return {
    id: placeId,
    workDir,
    run: (flow, url, options = {}) =>
      runPython(
        [interpreter, flow, 'run', '--with', 'stepfit', ...(options.arguments ?? [])],
        workDir,
        { ...environment, METAFLOW_STEPFIT_URL: url, ...options.environment },
      ),
    python: (args, extra = {}, within = []) =>
      runPython([interpreter, ...args], workDir, { ...environment, ...extra }, within),
    async samplersEnded() {
      while (processes(placeId, '/stepfit/plugins/sampler').length > 0) await sleep(20);
    },
    async allEnded() {
      while (processes(placeId).length > 0) await sleep(20);
    },
    spooled,
    spooledFor: (url) => spooled().filter((name) => name.startsWith(`${spoolName(url)}/`)),
    cardsOf: (runId) => {
      const root = join(home, 'datastore/.metaflow/mf.cards');
      if (!existsSync(root)) return new Map();
      const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
        (path) => path.includes(`/runs/${runId}/`) && statSync(join(root, path)).isFile(),
      );
      return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
    },
    marks: (step) =>
      readdirSync(marksDir)
        .filter((name) => name.startsWith(`${step}-`))
        .map((name) => JSON.parse(readFileSync(join(marksDir, name), 'utf8')) as KernelMarks),
    left: (name) =>
      JSON.parse(readFileSync(join(marksDir, `${name}.json`), 'utf8')) as Record<string, number>,
    remove: () => {
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Runs several at once: a run mostly waits. In the order of `items`. */
export async function severalAtOnce<Item, Result>(
  items: readonly Item[],
  start: (item: Item) => Promise<Result>,
  atOnce = 3,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = [...items.entries()];
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await start(next[1]);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

async function runPython(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  within: readonly string[] = [],
): Promise<FlowRun> {
  const began = Date.now();
  const [program = '', ...args] = [...within, ...command];
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_RUN_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output += text;
    });
  }
  // `close` and not `exit`: it also waits for whoever still holds the run's output.
  const exitCode = await new Promise<number | null>((done, failed) => {
    child.on('error', failed);
    child.on('close', done);
  });
  const runId = /\(run-id (\w+)\)/.exec(output)?.[1] ?? '';
  return { exitCode, output, durationMs: Date.now() - began, runId };
}

/** The folder that exports for a collector wait in. */
function spoolName(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 16);
}

/** Ids of the processes that were started, however indirectly, from this place, with this in their command. */
function processes(placeId: string, command = ''): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return (
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(command) &&
        readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`STEPFIT_TEST_PLACE=${placeId}`)
      );
    } catch {
      // It ended meanwhile, or is not ours to read.
      return false;
    }
  });
}
