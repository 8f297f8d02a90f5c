import { join } from 'node:path';

import { expect, inject, it } from 'vitest';

import { makeFlowPlace } from '../support/metaflow-run.ts';
import { startStoredCollector } from '../support/stored-collector.ts';

const FLOW = join(import.meta.dirname, 'flows/oldest_flow.py');

it('the oldest Metaflow that is promised measures every step where a setting says so, with its request, end and card', async () => {
  const collector = await startStoredCollector();
  const place = makeFlowPlace();
  const { exitCode, output, runId } = await place.python([FLOW, 'run'], {
    PYTHONPATH: inject('oldestMetaflow'),
    METAFLOW_STEPFIT_EVERYWHERE: '1',
    METAFLOW_STEPFIT_URL: collector.url,
  });
  expect(exitCode, output).toBe(0);
  expect(output).toContain('run by Metaflow 2.12.0');
  await place.samplersEnded();
  expect(await collector.attempts()).toMatchObject([
    { step: 'start', attempt: 0, outcome: 'succeeded', declared_memory_mib: 700 },
    { step: 'end', attempt: 0, outcome: 'lost' },
    { step: 'end', attempt: 1, outcome: 'succeeded' },
  ]);
  expect(place.cardsOf(runId).size).toBe(2);
  await collector.close();
  place.remove();
});
