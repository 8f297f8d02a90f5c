import { join } from 'node:path';

import { effectiveRequest } from '@stepfit/tuner/backend/effective-request';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type PlayedClouds, playClouds } from '../support/clouds/play-clouds.ts';
import { whyNoMemoryCgroup } from '../support/memory-cgroup.ts';
import { type FlowPlace, type FlowRun, makeFlowPlace } from '../support/metaflow-run.ts';
import {
  startStoredCollector,
  type StoredAttempt,
  type StoredCollector,
} from '../support/stored-collector.ts';

const FLOW = join(import.meta.dirname, 'flows/remote_flow.py');
/** Prints what Python and the libraries that a task loads have mapped, in KiB. */
const MAPPED_FILES = `
import metaflow, boto3, kubernetes
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("RssFile")))`;
const MIB_OF_600_MB = 600e6 / 2 ** 20;
const MIB_OF_700_MB = 700e6 / 2 ** 20;

const reason = whyNoMemoryCgroup();

describe.skipIf(reason)(
  `Metaflow’s own code for clouds, with their APIs played ${reason ?? ''}`,
  () => {
    let collector: StoredCollector;
    let place: FlowPlace;
    let clouds: PlayedClouds;

    beforeAll(async () => {
      collector = await startStoredCollector();
      place = makeFlowPlace();
      clouds = await playClouds(place, collector.url);
    });

    afterAll(async () => {
      await Promise.all([clouds.close(), collector.close()]);
      place.remove();
    });

    async function run(
      compute: string,
    ): Promise<{ run: FlowRun; attempts: readonly StoredAttempt[] }> {
      const before = new Set((await collector.attempts()).map((attempt) => attempt.run));
      const finished = await place.python(
        [FLOW, 'run', '--with', compute, '--with', 'stepfit'],
        clouds.environment,
      );
      await place.samplersEnded();
      const attempts = (await collector.attempts()).filter((attempt) => !before.has(attempt.run));
      return { run: finished, attempts };
    }

    it('@kubernetes: what was declared, requested, enforced and seen, and the OOM of a whole container', async () => {
      const { run: finished, attempts } = await run('kubernetes:qos=guaranteed');
      expect(finished.exitCode, finished.output).toBe(0);
      const known = { backend: 'kubernetes', qos: 'guaranteed', outcome: 'succeeded' };
      expect(attempts).toMatchObject([
        { ...known, step: 'start' },
        { ...known, step: 'work', attempt: 0, outcome: 'oom', exit_code: 137 },
        { ...known, step: 'work', attempt: 1 },
        { ...known, step: 'end' },
      ]);
      expectResolved(attempts);
      const [start, killed] = attempts;
      expect(start?.declared_memory_mib).toBeCloseTo(MIB_OF_700_MB);
      expect(start?.request_memory_mib).toBeCloseTo(MIB_OF_700_MB);
      expect(start?.request_cpu_cores).toBe(1);
      expect(killed?.request_memory_mib).toBeCloseTo(MIB_OF_600_MB);
      // The kernel's own figure, which it rounds down to whole pages.
      expect(killed?.limit_memory_mib).toBeCloseTo(MIB_OF_600_MB, 1);
      // Mapped files count as need whoever is charged for them: those alone may be above the limit.
      const mapped = Number((await place.python(['-c', MAPPED_FILES])).output) / 1024;
      expect(mapped).toBeGreaterThan(0);
      for (const { peak_memory_mib: peak, limit_memory_mib: limit } of attempts) {
        expect(peak).toBeGreaterThan(50);
        expect(peak).toBeLessThanOrEqual(Number(limit) + mapped);
      }
      expect(finished.output).toMatch(/measured by .*\/pods\/container-.*\/\.mf_code\//);
    });

    it('@batch: the same', async () => {
      const { run: finished, attempts } = await run('batch:memory=600');
      expect(finished.exitCode, finished.output).toBe(0);
      const known = { backend: 'batch', outcome: 'succeeded' };
      expect(attempts).toMatchObject([
        { ...known, step: 'start', request_memory_mib: 700, limit_memory_mib: 700 },
        {
          ...known,
          step: 'work',
          attempt: 0,
          outcome: 'oom',
          request_memory_mib: 600,
          limit_memory_mib: 600,
        },
        { ...known, step: 'work', attempt: 1 },
        { ...known, step: 'end' },
      ]);
      expectResolved(attempts);
      expect(finished.output).toMatch(/measured by .*\/jobs\/container-.*\/\.mf_code\//);
    });
  },
);

/** What the tuner reckons from the declaration is what Metaflow has asked for. */
function expectResolved(attempts: readonly StoredAttempt[]): void {
  for (const attempt of attempts) {
    const resolved = effectiveRequest(attempt.backend ?? '', attempt.declared_decorators ?? []);
    expect(resolved.memoryMiB, attempt.step).toBeCloseTo(attempt.request_memory_mib ?? 0);
    expect(resolved.cpuCores, attempt.step).toBe(attempt.request_cpu_cores);
  }
}
