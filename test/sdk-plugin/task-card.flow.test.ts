import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type RecordingCollector, startRecordingCollector } from '../support/metaflow-collector.ts';
import { type FlowPlace, makeFlowPlace } from '../support/metaflow-run.ts';
import { freePort, type ServedProduct, serveProduct, untilTuned } from '../support/product.ts';

const GREEDY_FLOW = join(import.meta.dirname, 'flows/greedy_flow.py');
const ENDING_FLOW = join(import.meta.dirname, 'flows/ending_flow.py');

describe('what a task carries of its measurement', () => {
  let server: ServedProduct;
  let place: FlowPlace;

  beforeAll(async () => {
    place = makeFlowPlace();
    server = await serveProduct({
      port: await freePort(),
      dataDir: join(place.workDir, '../data'),
    });
    for (const tuned of [true, false]) {
      const run = await place.run(GREEDY_FLOW, server.url);
      if (run.exitCode !== 0) throw new Error(run.output);
      await place.samplersEnded();
      if (tuned) await untilTuned(server.url);
    }
  });

  afterAll(async () => {
    await server.stop();
    place.remove();
  });

  async function askMetaflow(code: string): Promise<string> {
    const { exitCode, output } = await place.python(['-c', `from metaflow import Flow\n${code}`]);
    expect(exitCode, output).toBe(0);
    return output;
  }

  it('a card for each task, which Metaflow lists and shows as any other', async () => {
    const output = await askMetaflow(`
from metaflow.cards import get_cards
run = Flow("GreedyFlow").latest_run
cards = [get_cards(task) for step in run for task in step]
print(len(cards), [len(own) for own in cards] == [1] * 9, {own[0].type for own in cards})
pages = [get_cards(task)[0].get() for task in run["work"]]
# On a busy machine the server may be late for some of them.
print(next((page for page in pages if "<code>@resources" in page), pages[0]))`);
    expect(output).toMatch(/^9 True \{'stepfit'\}$/m);
    expect(output).toContain('succeeded: The task finished and its artifacts are stored.');
    expect(output).toMatch(/<td>15\.6 GiB<\/td><td>\d+ MiB, .{1,9} % of the request \(vm-hwm\)/);
    expect(output).toMatch(/<code>@resources\(cpu=1, memory=\d+\)<\/code>/);
    expect(output).toContain(`href='${server.url}/steps/GreedyFlow/work'`);
  });

  it('metadata that leads from the task to its attempt', async () => {
    const output = await askMetaflow(`
import json
task = Flow("GreedyFlow").latest_run["work"].task
print(json.dumps([task.id, {key: value for key, value in task.metadata_dict.items() if "stepfit" in key}]))`);
    const [task, known] = JSON.parse(output) as [string, Record<string, string>];
    expect(known).toMatchObject({
      'stepfit-measures': 'process tree',
      'stepfit-project': 'default',
      'stepfit-page': `${server.url}/steps/GreedyFlow/work`,
    });
    expect(JSON.parse(known['stepfit-request'] ?? '')).toEqual({
      requestCpuCores: 1,
      requestMemoryMiB: 16_000,
    });
    const id = known['stepfit-attempt-id'] ?? '';
    const response = await fetch(`${server.url}/api/v1/attempts/${id}`);
    expect(await response.json()).toMatchObject({ step: 'work', task, attempt: 0 });
  });
});

describe('a card', () => {
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

  it('is not made where METAFLOW_STEPFIT_CARD is 0', async () => {
    const run = await place.run(ENDING_FLOW, collector.url, {
      environment: { METAFLOW_STEPFIT_CARD: '0' },
    });
    expect(run.exitCode, run.output).toBe(0);
    await place.samplersEnded();
    expect(place.cardsOf(run.runId).size).toBe(0);
  });

  it('leaves the run alone where its folder cannot be made', async () => {
    const folder = join(place.workDir, '../datastore/.metaflow/mf.cards');
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(folder, 'a file, and no folder');
    const run = await place.run(ENDING_FLOW, collector.url);
    expect(run.exitCode, run.output).toBe(0);
    await place.samplersEnded();
    expect(readFileSync(folder, 'utf8')).toBe('a file, and no folder');
  });
});
