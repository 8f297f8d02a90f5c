import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openStore, type Store } from '@stepfit/collector/db/open-store';
import type { AttemptTable } from '@stepfit/collector/db/tables';
import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import type { Selectable } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type CollectorServer, startCollectorServer } from '../../../support/collector-server.ts';
import { ROOT } from '../../../support/product.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { trackerPython } from '../../../support/tracker-python.ts';
import { makeRunPlace, type RunPlace } from '../support/run-stepfit.ts';
import { documentedRows, WORKLOADS, type WorkloadRow, writeTable } from './workloads-table.ts';

const SCRIPT = join(import.meta.dirname, 'workload.py');
const PLUGINS = join(ROOT, 'sdk-plugin/python/metaflow_extensions/stepfit/plugins');
const MEMORY_CGROUPS = '/sys/fs/cgroup/memory';
const TOLERANCE = 0.03;
const AT_ONCE = 3;
/** Outside of a container nothing counts the memory of a file system. */
const UNSEEN_IN_A_TREE: readonly string[] = ['tmpfs'];
const REQUEST = { cpuCores: 2, memoryMiB: 4096 };

type Attempt = Selectable<AttemptTable>;

function mayMakeCgroups(): boolean {
  try {
    accessSync(join(MEMORY_CGROUPS, 'memory.max_usage_in_bytes'), constants.R_OK);
    accessSync(MEMORY_CGROUPS, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!mayMakeCgroups())('twelve commands that are hard to measure', () => {
  let home: string;
  let store: Store;
  let collector: CollectorServer;
  let place: RunPlace;
  let python: string;
  const rows: WorkloadRow[] = [];
  const attempts = new Map<string, Attempt>();

  beforeAll(async () => {
    python = await trackerPython();
    home = mkdtempSync(join(tmpdir(), 'stepfit-workloads-'));
    store = await openStore({ dataDir: join(home, 'data'), log: silentLog });
    collector = await startCollectorServer(store);
    place = makeRunPlace(collector.url);
    const results = await severalAtOnce(
      WORKLOADS.flatMap(({ step }) => [
        // Both samplers measure one and the same process.
        async () => measure(step, 'tree', [], pythonSampler(step)),
        async () => measure(step, 'enforced', ['--enforce'], {}),
      ]),
    );
    for (const [at, { step }] of WORKLOADS.entries()) {
      const [tree, enforced] = results.slice(2 * at);
      if (tree !== undefined && enforced !== undefined) rows.push({ step, tree, enforced });
    }
    for (const row of await store.db.selectFrom('attempt').selectAll().execute()) {
      attempts.set(`${row.step}/${row.task}`, row);
    }
    if (process.env['STEPFIT_WRITE_TABLES'] === '1') writeTable(rows.map(withPeaks));
  }, 600_000);

  afterAll(async () => {
    place.remove();
    await collector.close();
    await store.close();
    rmSync(home, { recursive: true });
  });

  async function measure(
    step: string,
    task: string,
    options: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<WorkloadRow['tree']> {
    const truthFile = join(home, `${step}-${task}.json`);
    const identity = ['--flow', 'Workloads', '--step', step, '--run', 'one', '--task', task];
    const request = [
      '--cpu',
      '2',
      '--memory',
      '4GiB',
      '--feature',
      'rows=12000',
      '--feature',
      'kind=full',
    ];
    const { code, stderr } = await place.run([python, SCRIPT, step, truthFile], {
      options: [...identity, ...request, ...options],
      env,
    });
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('--enforce is not possible');
    const { needBytes } = JSON.parse(readFileSync(truthFile, 'utf8')) as { needBytes: number };
    return { needBytes, peakBytes: 0 };
  }

  /** What the Metaflow extension tells its sampler of the same attempt, under a task of its own. */
  function pythonSampler(step: string): NodeJS.ProcessEnv {
    const facts = {
      project: 'default',
      flow: 'Workloads',
      run: 'one',
      step,
      task: 'python',
      attempt: 0,
      backend: 'command',
      samplerVersion: 'metaflow-stepfit/0.1.0',
      declaredCpuCores: REQUEST.cpuCores,
      declaredMemoryMiB: REQUEST.memoryMiB,
      requestCpuCores: REQUEST.cpuCores,
      requestMemoryMiB: REQUEST.memoryMiB,
      hostName: hostname(),
      hostCpuCores: availableParallelism(),
      hostMemoryMiB: hostMemoryMiB(),
    };
    const start = {
      facts,
      features: { rows: 12_000, kind: 'full' },
      trace_id: '0'.repeat(31) + '1',
      span_id: '0'.repeat(15) + '1',
      owns_cgroup: false,
      cpu_before_s: [0, 0],
      url: collector.url,
      token: null,
      interval_s: 1,
      spool_dir: join(home, 'python-spool'),
      log_file: null,
      card: null,
    };
    return { STEPFIT_PYTHON_SAMPLER: PLUGINS, STEPFIT_PYTHON_START: JSON.stringify(start) };
  }

  function attempt(step: string, task: string): Attempt {
    const found = attempts.get(`${step}/${task}`);
    if (found === undefined) throw new Error(`No attempt of ${step} by ${task} is stored.`);
    return found;
  }

  function withPeaks({ step, tree, enforced }: WorkloadRow): WorkloadRow {
    return {
      step,
      tree: { ...tree, peakBytes: (attempt(step, 'tree').peak_memory_mib ?? 0) * 2 ** 20 },
      enforced: {
        ...enforced,
        peakBytes: (attempt(step, 'enforced').peak_memory_mib ?? 0) * 2 ** 20,
      },
    };
  }

  function errorOf(step: string, mode: 'tree' | 'enforced'): number {
    const { needBytes, peakBytes } = measured(step)[mode];
    return peakBytes / needBytes - 1;
  }

  function amounts(step: string, mode: 'tree' | 'enforced'): string {
    const { needBytes, peakBytes } = measured(step)[mode];
    const source = attempt(step, mode).peak_memory_source;
    return `needed ${needBytes / 2 ** 20} MiB, peak ${peakBytes / 2 ** 20} MiB by ${source}`;
  }

  function measured(step: string): WorkloadRow {
    const row = rows.find((candidate) => candidate.step === step);
    if (row === undefined) throw new Error(`${step} was not measured.`);
    return withPeaks(row);
  }

  describe.each(WORKLOADS.map(({ step }) => step))('%s', (step) => {
    it.runIf(!UNSEEN_IN_A_TREE.includes(step))('has its true peak', () => {
      expect(Math.abs(errorOf(step, 'tree')), amounts(step, 'tree')).toBeLessThan(TOLERANCE);
    });

    it('has its true peak in a cgroup of its own', () => {
      expect(Math.abs(errorOf(step, 'enforced')), amounts(step, 'enforced')).toBeLessThan(
        TOLERANCE,
      );
      expect(attempt(step, 'enforced').limit_memory_mib).toBe(REQUEST.memoryMiB);
    });

    it('is stored alike by the Python sampler and by this one', () => {
      const [ours, theirs] = [attempt(step, 'tree'), attempt(step, 'python')];
      expect(alike(ours)).toEqual(alike(theirs));
      expect(relative(ours.cpu_seconds, theirs.cpu_seconds)).toBeLessThan(0.15);
      expect(
        relative(ours.peak_memory_mib, theirs.peak_memory_mib),
        `${amounts(step, 'tree')}, by Python ${theirs.peak_memory_mib} MiB`,
      ).toBeLessThan(TOLERANCE);
      expect(Math.abs(ours.started_at.getTime() - theirs.started_at.getTime())).toBeLessThan(1_000);
    });
  });

  it('stores the same series by both, each followed from its start on', async () => {
    const chunks = await store.db.selectFrom('usage_chunk').selectAll().execute();
    function of(task: string): ReadonlyMap<string, number> {
      const { attempt_id: id } = attempt('spike', task);
      return new Map(
        chunks
          .filter((chunk) => chunk.attempt_id === id && chunk.metric !== METRICS.memoryPeak.name)
          .map((chunk) => [`${chunk.metric} ${chunk.series}`, chunk.point_values.length]),
      );
    }
    const [ours, theirs] = [of('tree'), of('python')];
    expect([...ours.keys()].toSorted()).toEqual([...theirs.keys()].toSorted());
    // Both grow sparser on a busy machine, and about alike.
    for (const [series, points] of ours) {
      expect(points, series).toBeGreaterThan(2);
      expect(relative(points, theirs.get(series) ?? 0), series).toBeLessThan(0.5);
    }
  });

  it('is what docs/sdk.md says, within three points', () => {
    const documented = documentedRows();
    expect(documented.map(({ step }) => step)).toEqual(WORKLOADS.map(({ step }) => step));
    for (const { step, tree, enforced } of documented) {
      expect(Math.abs(tree - 100 * errorOf(step, 'tree')), step).toBeLessThan(3);
      expect(Math.abs(enforced - 100 * errorOf(step, 'enforced')), step).toBeLessThan(3);
    }
  });
});

/** The workloads sleep most of the time, and what each needs is its own: none is in another's way. */
async function severalAtOnce<T>(jobs: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const results = new Map<number, T>();
  const waiting = [...jobs.entries()];
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, job] = next;
      results.set(at, await job());
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return jobs.flatMap((_, at) => results.get(at) ?? []);
}

/** Everything that must be the same to the letter. */
function alike(row: Attempt): object {
  return {
    project: row.project,
    flow: row.flow,
    run: row.run,
    step: row.step,
    attempt: row.attempt,
    outcome: row.outcome,
    outcomeSource: row.outcome_source,
    exceptionType: row.exception_type,
    declared: [row.declared_cpu_cores, row.declared_memory_mib, row.declared_gpu_count],
    request: [row.request_cpu_cores, row.request_memory_mib, row.request_gpu_count],
    limitMemoryMiB: row.limit_memory_mib,
    backend: row.backend,
    qos: row.qos,
    codeVersion: row.code_version,
    host: [row.host_name, row.host_cpu_cores, row.host_memory_mib],
    features: row.features,
    oomKills: row.oom_kills,
  };
}

function relative(a: number | null, b: number | null): number {
  if (a === null || b === null) return Number.POSITIVE_INFINITY;
  return Math.abs(a - b) / Math.max(a, b, 0.2);
}

/** As the extension has it, to a tenth. */
function hostMemoryMiB(): number {
  const kib = /^MemTotal:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return Math.round((Number(kib) / 1024) * 10) / 10;
}
