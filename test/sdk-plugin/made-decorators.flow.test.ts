import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type FlowPlace, type FlowRun, makeFlowPlace } from '../support/metaflow-run.ts';
import {
  startStoredCollector,
  type StoredAttempt,
  type StoredCollector,
} from '../support/stored-collector.ts';

const FLOW = join(import.meta.dirname, 'flows/made_flow.py');

describe('decorators that are made while the flow is loaded', () => {
  let collector: StoredCollector;
  let place: FlowPlace;
  let run: FlowRun;
  let attempts: readonly StoredAttempt[];

  beforeAll(async () => {
    collector = await startStoredCollector();
    place = makeFlowPlace();
    run = await place.python([FLOW, 'run'], {
      METAFLOW_STEPFIT_EVERYWHERE: '1',
      METAFLOW_STEPFIT_URL: collector.url,
      // Metaflow renders cards with whatever `python` is.
      PATH: `${dirname(inject('python'))}:${process.env['PATH'] ?? ''}`,
    });
    await place.samplersEnded();
    attempts = await collector.attempts();
  });

  afterAll(async () => {
    await collector.close();
    place.remove();
  });

  it('are declared and requested like written ones: by Config, StepMutator and FlowMutator', () => {
    expect(run.exitCode, run.output).toBe(0);
    const known = { outcome: 'succeeded', backend: 'local' };
    expect(attempts).toMatchObject([
      { ...known, step: 'start', declared_memory_mib: 300, request_memory_mib: 300 },
      { ...known, step: 'sized', declared_memory_mib: 500, request_memory_mib: 500 },
      { ...known, step: 'carded', declared_memory_mib: null, request_memory_mib: null },
      { ...known, step: 'end', declared_memory_mib: 700, declared_cpu_cores: 2 },
    ]);
  });

  it('a @card of the step’s own is made as without us', async () => {
    const { exitCode, output } = await place.python([FLOW, 'card', 'list', 'carded']);
    expect(exitCode, output).toBe(0);
    expect(output).toContain('Type: default');
    expect(output).not.toContain('Type: stepfit');
  });
});
