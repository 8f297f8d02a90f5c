import { join } from 'node:path';

import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import type { Hint } from '@stepfit/tuner/hints/hint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type PlayedClouds, playClouds } from '../../support/clouds/play-clouds.ts';
import { whyNoMemoryCgroup } from '../../support/memory-cgroup.ts';
import { attemptsOf, type ReportedAttempt } from '../../support/metaflow-attempts.ts';
import {
  type RecordingCollector,
  startRecordingCollector,
} from '../../support/metaflow-collector.ts';
import { type FlowPlace, type FlowRun, makeFlowPlace } from '../../support/metaflow-run.ts';

const FLOW = join(import.meta.dirname, 'remote_flow.py');

const HINT: Hint = {
  suggestionId: '1a2b3c4d5e6f',
  share: 1,
  plan: {
    first: { cpuCores: 1, memoryMiB: 448 },
    second: { cpuCores: 1, memoryMiB: 1280 },
    last: { cpuCores: 1, memoryMiB: 2000 },
  },
  memoryFloorMiB: 64,
  memoryCapMiB: 1_048_576,
  memoryStepMiB: 64,
  overridesCommandLine: false,
};

/** Each is a run of its own; they run at once, since containers mostly wait for what they fetch. */
const LAUNCHES = {
  batch: { compute: 'batch', metadata: 'shared', ending: 'well' },
  kubernetes: { compute: 'kubernetes:qos=guaranteed', metadata: 'shared', ending: 'well' },
  masked: { compute: 'batch', metadata: 'local', ending: 'well' },
  failing: { compute: 'batch', metadata: 'shared', ending: 'exception' },
};

interface Launch {
  readonly compute: string;
  readonly metadata: string;
  readonly ending: string;
}

const reason = whyNoMemoryCgroup();

describe.skipIf(reason)(
  `values applied at launch in containers that the kernel kills, with the clouds’ APIs played ${reason ?? ''}`,
  () => {
    let collector: RecordingCollector;
    let place: FlowPlace;
    let clouds: PlayedClouds;
    const runs = new Map<keyof typeof LAUNCHES, FlowRun>();

    beforeAll(async () => {
      collector = await startRecordingCollector();
      place = makeFlowPlace();
      clouds = await playClouds(place, collector.url);
      collector.answerLaunch = ({ steps }) => ({
        version: 1,
        steps: steps.map(({ step }) =>
          step === 'start'
            ? { step, hint: HINT }
            : { step, refusal: { code: 'no-suggestion', detail: 'None.' } },
        ),
      });
      const names = Object.keys(LAUNCHES) as (keyof typeof LAUNCHES)[];
      await Promise.all(names.map(async (name) => runs.set(name, await launch(LAUNCHES[name]))));
      await place.samplersEnded();
    });

    afterAll(async () => {
      await Promise.all([clouds.close(), collector.close()]);
      place.remove();
    });

    async function launch({ compute, metadata, ending }: Launch): Promise<FlowRun> {
      return place.python(
        [FLOW, 'run', '--with', compute, '--with', 'stepfit', '--ending', ending],
        { ...clouds.environment, METAFLOW_DEFAULT_METADATA: metadata },
      );
    }

    /** A run, and the attempts at its first step. */
    function launched(name: keyof typeof LAUNCHES): {
      finished: FlowRun;
      start: readonly ReportedAttempt[];
    } {
      const finished = runs.get(name);
      if (finished === undefined) throw new Error(`${name} was not run.`);
      const attempts = attemptsOf(collector.exports).filter(({ run }) => run === finished.runId);
      return { finished, start: attempts.filter(({ step }) => step === 'start') };
    }

    function asked(attempts: readonly ReportedAttempt[]): unknown[][] {
      return attempts.map(({ attempt, exports }) => [
        attempt,
        exports[0]?.resource[RESOURCE_ATTRIBUTES.requestMemoryMiB.name],
        exports[0]?.resource[RESOURCE_ATTRIBUTES.limitMemoryMiB.name],
      ]);
    }

    it('@batch: a container that runs out of memory is repeated with the plan’s second value', () => {
      const { finished, start } = launched('batch');
      expect(finished.exitCode, finished.output).toBe(0);
      expect(asked(start)).toEqual([
        [0, 448, 448],
        [1, 1280, 1280],
      ]);
    });

    it('@kubernetes: the same, in its decimal megabytes', () => {
      const { finished, start } = launched('kubernetes');
      expect(finished.exitCode, finished.output).toBe(0);
      expect(asked(start).map(([attempt, request]) => [attempt, request])).toEqual([
        [0, 448],
        [1, 1280],
      ]);
      // 448 MiB are 469.8 MB, 1,280 are 1,342.2: rounded up to whole ones, and by the kernel to pages.
      const limits = asked(start).map(([, , limit]) => Math.round(Number(limit) * 1.048576));
      expect(limits).toEqual([470, 1343]);
    });

    it('without a metadata service Metaflow masks the reason: memory is given, to be safe', () => {
      const { finished, start } = launched('masked');
      expect(finished.exitCode, finished.output).toBe(0);
      expect(asked(start).map(([attempt, request]) => [attempt, request])).toEqual([
        [0, 448],
        [1, 1280],
      ]);
    });

    it('a failure of the code itself is not repeated', () => {
      const { finished, start } = launched('failing');
      expect(finished.exitCode).toBe(1);
      expect(asked(start)).toEqual([[0, 448, 448]]);
    });
  },
);
