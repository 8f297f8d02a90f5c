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
/** Prints the card of a task of each run, as its type and how the task ended. */
const CARDS = `
import re
from metaflow import Flow
from metaflow.cards import get_cards
for run in Flow("RemoteFlow"):
    (card,) = get_cards(run["work"].task)
    print(card.type, re.search("succeeded: [^<]*", card.get()).group(0))`;
const MIB_OF_600_MB = 600e6 / 2 ** 20;
const MIB_OF_700_MB = 700e6 / 2 ** 20;

const reason = whyNoMemoryCgroup();

describe.skipIf(reason)(
  `Metaflow’s own code for clouds, with their APIs played ${reason ?? ''}`,
  () => {
    let collector: StoredCollector;
    let place: FlowPlace;
    let clouds: PlayedClouds;
    let runs: Readonly<Record<'kubernetes' | 'batch', FlowRun>>;
    let attempts: readonly StoredAttempt[];

    beforeAll(async () => {
      collector = await startStoredCollector();
      place = makeFlowPlace();
      clouds = await playClouds(place, collector.url);
      const [kubernetes, batch] = await Promise.all(
        ['kubernetes:qos=guaranteed', 'batch:memory=600'].map((compute) =>
          place.python([FLOW, 'run', '--with', compute, '--with', 'stepfit'], clouds.environment),
        ),
      );
      if (kubernetes === undefined || batch === undefined) throw new Error();
      runs = { kubernetes, batch };
      await place.samplersEnded();
      attempts = await collector.attempts();
    });

    afterAll(async () => {
      await Promise.all([clouds.close(), collector.close()]);
      place.remove();
    });

    function attemptsOn(backend: keyof typeof runs): readonly StoredAttempt[] {
      expect(runs[backend].exitCode, runs[backend].output).toBe(0);
      return attempts.filter((attempt) => attempt.backend === backend);
    }

    it('@kubernetes: what was declared, requested, enforced and seen, and the OOM of a whole container', async () => {
      const own = attemptsOn('kubernetes');
      const known = { backend: 'kubernetes', qos: 'guaranteed', outcome: 'succeeded' };
      expect(own).toMatchObject([
        { ...known, step: 'start' },
        { ...known, step: 'work', attempt: 0, outcome: 'oom', exit_code: 137 },
        { ...known, step: 'work', attempt: 1 },
        { ...known, step: 'end' },
      ]);
      expectResolved(own);
      const [start, killed] = own;
      expect(start?.declared_memory_mib).toBeCloseTo(MIB_OF_700_MB);
      expect(start?.request_memory_mib).toBeCloseTo(MIB_OF_700_MB);
      expect(start?.request_cpu_cores).toBe(1);
      expect(killed?.request_memory_mib).toBeCloseTo(MIB_OF_600_MB);
      // The kernel's own figure, which it rounds down to whole pages.
      expect(killed?.limit_memory_mib).toBeCloseTo(MIB_OF_600_MB, 1);
      // Mapped files count as need whoever is charged for them: those alone may be above the limit.
      const mapped = Number((await place.python(['-c', MAPPED_FILES])).output) / 1024;
      expect(mapped).toBeGreaterThan(0);
      for (const { peak_memory_mib: peak, limit_memory_mib: limit } of own) {
        expect(peak).toBeGreaterThan(50);
        expect(peak).toBeLessThanOrEqual(Number(limit) + mapped);
      }
      expect(runs.kubernetes.output).toMatch(/measured by .*\/pods\/container-.*\/\.mf_code\//);
    });

    it('@batch: the same', () => {
      const own = attemptsOn('batch');
      const known = { backend: 'batch', outcome: 'succeeded' };
      expect(own).toMatchObject([
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
      expectResolved(own);
      expect(runs.batch.output).toMatch(/measured by .*\/jobs\/container-.*\/\.mf_code\//);
    });

    it('a task has its card, which Metaflow finds in the cloud’s datastore', async () => {
      const { exitCode, output } = await place.python(['-c', CARDS], clouds.environment);
      expect(exitCode, output).toBe(0);
      const shown = 'stepfit succeeded: The task finished and its artifacts are stored.';
      expect(output.trim().split('\n')).toEqual([shown, shown]);
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
