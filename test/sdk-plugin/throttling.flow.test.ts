import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { settleUsage } from '@stepfit/collector/usage/settle-usage';
import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { observeCpu } from '@stepfit/tuner/sizing/cpu-usage';
import { sizeCpu } from '@stepfit/tuner/sizing/size-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  attemptOf,
  cpuSeconds,
  pointsOf,
  type ReportedAttempt,
} from '../support/metaflow-attempts.ts';
import { startRecordingCollector } from '../support/metaflow-collector.ts';
import { makeFlowPlace } from '../support/metaflow-run.ts';
import { attempt } from '../tuner/support/attempts.ts';

const FLOW = join(import.meta.dirname, 'flows/throttled_flow.py');
const CGROUP = `/sys/fs/cgroup/cpu/stepfit-quota-${process.pid}`;
const QUOTA_CORES = 0.25;

function makeQuota(): boolean {
  try {
    mkdirSync(CGROUP);
    writeFileSync(join(CGROUP, 'cpu.cfs_quota_us'), String(QUOTA_CORES * 100_000));
    return true;
  } catch {
    return false;
  }
}

// Without cgroup v1 for CPU, or the right to make one there, no quota can be real.
describe.skipIf(!makeQuota())('a step under a CPU quota', () => {
  let work: ReportedAttempt;
  /** By the kernel's count: while the step's own code ran, and in the whole life of its process. */
  let heldBack: Readonly<Record<string, number>> = {};

  beforeAll(async () => {
    const collector = await startRecordingCollector();
    const place = makeFlowPlace();
    const environment = { METAFLOW_KUBERNETES_WORKLOAD: '1', STEPFIT_QUOTA_CGROUP: CGROUP };
    const run = await place.run(FLOW, collector.url, { environment });
    if (run.exitCode !== 0) throw new Error(run.output);
    await place.samplersEnded();
    work = attemptOf(collector.exports, 'work');
    heldBack = place.left('work');
    await collector.close();
    place.remove();
  });

  afterAll(() => {
    rmdirSync(CGROUP);
  });

  it('reports its limit, and how long it was held back, as the kernel counts it', () => {
    expect(work.exports[0]?.resource[RESOURCE_ATTRIBUTES.limitCpuCores.name]).toBe(QUOTA_CORES);
    const reported = pointsOf(work, 'cpuThrottled').at(-1)?.value ?? 0;
    expect(heldBack['work_s']).toBeGreaterThan(0);
    expect(reported).toBeGreaterThanOrEqual(heldBack['work_s'] ?? Number.NaN);
    // The time in which Metaflow started is not the attempt's.
    expect(reported).toBeLessThanOrEqual(heldBack['whole_s'] ?? Number.NaN);
  });

  it('is told that it is short of cores, and keeps them', () => {
    const cpuThrottledSeconds = pointsOf(work, 'cpuThrottled').at(-1)?.value ?? 0;
    const times = work.points.map(({ timeMs }) => timeMs);
    const ended = {
      startedAtMs: Math.min(...times),
      endedAtMs: Math.max(...times),
      cpuSeconds: cpuSeconds(work),
    };
    const series = (['cpuTime', 'cpuThrottled'] as const).flatMap((key) =>
      [...Map.groupBy(pointsOf(work, key), ({ labels }) => String(labels['cpu.mode'] ?? ''))].map(
        ([name, points]) => ({
          metric: METRICS[key].name,
          series: name,
          timesMs: points.map(({ timeMs }) => timeMs),
          values: points.map(({ value }) => value),
        }),
      ),
    );
    const { cpu, wanted } = settleUsage(ended, series);
    if (cpu === undefined || wanted === undefined) throw new Error('Nothing was settled.');

    const sized = sizeCpu({
      usages: observeCpu([
        attempt({
          limitCpuCores: QUOTA_CORES,
          hostCpuCores: 2,
          cpuProfile: { cores: cpu.cores, seconds: cpu.seconds },
          cpuWanted: { cores: wanted.cores, seconds: wanted.seconds },
          cpuSeconds: ended.cpuSeconds,
          cpuThrottledSeconds,
        }),
      ]),
      currentCores: QUOTA_CORES,
      memoryMiB: 1024,
      policy: DEFAULT_POLICY,
      grid: { floor: 0.05, cap: 64, step: 0.05 },
      prices: EXAMPLE_PRICES,
    });

    expect(sized.cpuCores).toBe(QUOTA_CORES);
    expect(sized.throttleWords).toContain('Its CPU limit of 0.25 cores held back');
    expect(sized.shortageWords).toContain('It is short of cores');
  });
});
