import { accessSync, constants, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { attemptOf, peakBytes } from '../support/metaflow-attempts.ts';
import { startRecordingCollector } from '../support/metaflow-collector.ts';
import { makeFlowPlace } from '../support/metaflow-run.ts';
import { trackerPython } from '../support/tracker-python.ts';
import { documentedRows, WORKLOADS, type WorkloadRow, writeTable } from './workloads-table.ts';

const FLOW = join(import.meta.dirname, 'flows/workloads_flow.py');
const PEAKS = join(import.meta.dirname, 'flows/tracked_peaks.py');
const EXTENSION = join(import.meta.dirname, '../../sdk-plugin/python');
const MEMORY_CGROUPS = '/sys/fs/cgroup/memory';
const TOLERANCE = 0.03;
/** Outside of a container nothing counts the memory of a file system. */
const UNSEEN_IN_A_TREE = ['tmpfs'];

type Mode = 'container' | 'tree' | 'tracker';

interface Measured {
  readonly needBytes: number;
  readonly peakBytes: number;
}

function mayMakeCgroups(): boolean {
  try {
    accessSync(join(MEMORY_CGROUPS, 'memory.max_usage_in_bytes'), constants.R_OK);
    accessSync(MEMORY_CGROUPS, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs the flow with a measurement of one kind, and returns what each step needed and what was measured. */
async function measure(mode: Mode, python: string): Promise<ReadonlyMap<string, Measured>> {
  const place = makeFlowPlace(python);
  const collector = await startRecordingCollector();
  const cgroup = join(MEMORY_CGROUPS, `stepfit-${mode}-${process.pid}`);
  mkdirSync(cgroup);
  const environment = {
    STEPFIT_TRUTH_CGROUP: cgroup,
    PYTHONPATH: EXTENSION,
    ...(mode === 'container' && { METAFLOW_KUBERNETES_WORKLOAD: '1' }),
  };
  try {
    const run =
      mode === 'tracker'
        ? await place.python([FLOW, 'run', '--with', 'track_resources'], environment)
        : await place.run(FLOW, collector.url, { environment });
    expect(run.exitCode, run.output).toBe(0);
    await place.samplersEnded();
    const tracked =
      mode === 'tracker' ? await trackedPeaks(place, environment) : new Map<string, number>();
    return new Map(
      WORKLOADS.map(({ step }) => [
        step,
        {
          needBytes: place.left(step)['need_bytes'] ?? Number.NaN,
          peakBytes: tracked.get(step) ?? peakBytes(attemptOf(collector.exports, step)),
        },
      ]),
    );
  } finally {
    await collector.close();
    place.remove();
    for (const name of readdirSync(cgroup)) if (/^\d+$/.test(name)) rmdirSync(join(cgroup, name));
    rmdirSync(cgroup);
  }
}

async function trackedPeaks(
  place: ReturnType<typeof makeFlowPlace>,
  environment: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, number>> {
  const { output } = await place.python([PEAKS, 'WorkloadsFlow'], environment);
  const peaks = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Record<string, number>;
  return new Map(Object.entries(peaks));
}

describe.skipIf(!mayMakeCgroups())('the peaks of twelve workloads that are hard to measure', () => {
  const measured = new Map<Mode, ReadonlyMap<string, Measured>>();

  beforeAll(async () => {
    const python = await trackerPython();
    const writes = process.env['STEPFIT_WRITE_TABLES'] === '1';
    // The peer is measured to be shown beside us: nothing is asserted of it.
    const modes: readonly Mode[] = ['container', 'tree', ...(writes ? (['tracker'] as const) : [])];
    for (const mode of modes) measured.set(mode, await measure(mode, python));
    if (writes) writeTable(WORKLOADS.map(({ step }) => rowOf(step)));
  }, 900_000);

  it.each(WORKLOADS.map(({ step }) => step))('has the peak of a container with %s', (step) => {
    expect(Math.abs(errorOf(step, 'container')), amounts(step, 'container')).toBeLessThan(
      TOLERANCE,
    );
  });

  it.each(WORKLOADS.map(({ step }) => step).filter((step) => !UNSEEN_IN_A_TREE.includes(step)))(
    'has the peak of a process tree with %s',
    (step) => {
      expect(Math.abs(errorOf(step, 'tree')), amounts(step, 'tree')).toBeLessThan(TOLERANCE);
    },
  );

  it('is what docs/sampling.md says, within three points', () => {
    const documented = documentedRows();
    expect(documented.map(({ step }) => step)).toEqual(WORKLOADS.map(({ step }) => step));
    for (const { step, container, tree } of documented) {
      expect(Math.abs(container - 100 * errorOf(step, 'container'))).toBeLessThan(3);
      expect(Math.abs(tree - 100 * errorOf(step, 'tree'))).toBeLessThan(3);
    }
  });

  function errorOf(step: string, mode: Mode): number {
    const { peakBytes: peak, needBytes } = of(mode, step);
    return peak / needBytes - 1;
  }

  function amounts(step: string, mode: Mode): string {
    const { needBytes, peakBytes: peak } = of(mode, step);
    return `needed ${needBytes / 2 ** 20} MiB, peak ${peak / 2 ** 20} MiB`;
  }

  function rowOf(step: string): WorkloadRow {
    const [container, tree, tracker] = [
      of('container', step),
      of('tree', step),
      of('tracker', step),
    ];
    return { step, container, tree, tracker };
  }

  function of(mode: Mode, step: string): Measured {
    const found = measured.get(mode)?.get(step);
    if (found === undefined || !(found.needBytes > 0)) throw new Error(`${step} was not measured.`);
    return found;
  }
});
