import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { attemptsOf, type ReportedAttempt } from '../support/metaflow-attempts.ts';
import { type RecordingCollector, startRecordingCollector } from '../support/metaflow-collector.ts';
import { type FlowPlace, type FlowRun, makeFlowPlace } from '../support/metaflow-run.ts';

/** It has no word of StepFit in it. */
const FLOW = join(import.meta.dirname, 'flows/ending_flow.py');
const ALL_STEPS = ['start', 'work', 'end'];

interface Measured {
  readonly run: FlowRun;
  readonly attempts: readonly ReportedAttempt[];
  readonly steps: readonly string[];
}

describe('METAFLOW_STEPFIT_EVERYWHERE', () => {
  let collector: RecordingCollector;
  let place: FlowPlace;

  beforeAll(async () => {
    collector = await startRecordingCollector();
    place = makeFlowPlace();
  });

  afterAll(async () => {
    await collector.close();
    place.remove();
  });

  /** Runs the flow as its author would, with these variables and this `config.json` of Metaflow. */
  async function measure(
    environment: Readonly<Record<string, string>>,
    config: Readonly<Record<string, unknown>> = {},
  ): Promise<Measured> {
    const folder = join(place.workDir, '../.metaflowconfig');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const before = collector.exports.length;
    const run = await place.python([FLOW, 'run'], environment);
    await place.samplersEnded();
    rmSync(folder, { recursive: true });
    const attempts = attemptsOf(collector.exports.slice(before));
    return { run, attempts, steps: attempts.map(({ step }) => step) };
  }

  it('measures every step of a flow that does not know of it', async () => {
    const { run, steps } = await measure({
      METAFLOW_STEPFIT_EVERYWHERE: '1',
      METAFLOW_STEPFIT_URL: collector.url,
    });
    expect(run.exitCode, run.output).toBe(0);
    expect(steps).toEqual(ALL_STEPS);
  });

  it('and all other settings, may stand in the configuration file that a company shares', async () => {
    const { steps, attempts } = await measure(
      {},
      {
        METAFLOW_STEPFIT_EVERYWHERE: true,
        METAFLOW_STEPFIT_URL: collector.url,
        METAFLOW_STEPFIT_PROJECT: 'shop',
        METAFLOW_STEPFIT_INTERVAL: 0.5,
      },
    );
    expect(steps).toEqual(ALL_STEPS);
    const projects = attempts.map(
      (attempt) => attempt.exports[0]?.resource[RESOURCE_ATTRIBUTES.project.name],
    );
    expect(projects).toEqual(['shop', 'shop', 'shop']);
  });

  it('a person switches it off, the company’s file notwithstanding', async () => {
    const { run, steps } = await measure(
      { METAFLOW_STEPFIT_EVERYWHERE: '0' },
      { METAFLOW_STEPFIT_EVERYWHERE: '1', METAFLOW_STEPFIT_URL: collector.url },
    );
    expect(run.exitCode, run.output).toBe(0);
    expect(steps).toEqual([]);
  });

  it('goes beside decospecs of one’s own', async () => {
    const { run, steps } = await measure({
      METAFLOW_DEFAULT_DECOSPECS: 'retry:times=0',
      METAFLOW_STEPFIT_EVERYWHERE: '1',
      METAFLOW_STEPFIT_URL: collector.url,
    });
    expect(run.exitCode, run.output).toBe(0);
    expect(steps).toEqual(ALL_STEPS);
  });

  it('settings that make no sense break no flow', async () => {
    const { run, steps } = await measure(
      { METAFLOW_STEPFIT_URL: collector.url },
      {
        METAFLOW_STEPFIT_EVERYWHERE: 'perhaps',
        METAFLOW_STEPFIT_INTERVAL: 'soon',
        METAFLOW_STEPFIT_CARD: [],
        METAFLOW_STEPFIT_FEATURES: null,
        METAFLOW_STEPFIT_PROJECT: {},
      },
    );
    expect(run.exitCode, run.output).toBe(0);
    expect(steps).toEqual(ALL_STEPS);
  });
});
