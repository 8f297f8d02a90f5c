import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type RecordingCollector, startRecordingCollector } from '../support/metaflow-collector.ts';
import { type FlowPlace, type FlowRun, makeFlowPlace } from '../support/metaflow-run.ts';
import { freePort, type ServedProduct, serveProduct, untilTuned } from '../support/product.ts';

const GREEDY_FLOW = join(import.meta.dirname, 'flows/greedy_flow.py');

describe('StepFit inside Metaflow', () => {
  let server: ServedProduct;
  let place: FlowPlace;

  beforeAll(async () => {
    place = makeFlowPlace();
    server = await serveProduct({
      port: await freePort(),
      dataDir: join(place.workDir, '../data'),
    });
    const run = await place.run(GREEDY_FLOW, server.url);
    if (run.exitCode !== 0) throw new Error(run.output);
    await place.samplersEnded();
    await untilTuned(server.url);
  });

  afterAll(async () => {
    await server.stop();
    place.remove();
  });

  function stepfit(...words: readonly string[]): Promise<FlowRun> {
    return place.python([GREEDY_FLOW, '--quiet', 'stepfit', ...words], {
      METAFLOW_STEPFIT_URL: server.url,
    });
  }

  it('`stepfit report` lists what was requested and not needed', async () => {
    const { exitCode, output } = await stepfit('report');
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/^work +6 +1 +15\.6 GiB -> \d+ MiB +\d+ MiB .+ proposed$/m);
    expect(output).toContain('by example prices, not by your bill');
  });

  it('`stepfit suggest` gives the change, its proof and the line to paste', async () => {
    const { exitCode, output } = await stepfit('suggest', 'work');
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/^work {2}memory 15\.6 GiB -> \d+ MiB$/m);
    expect(output).toMatch(/proof {2}0 of 6 attempts would have run out of memory; at most \d+/);
    expect(output).toMatch(/paste {2}@resources\(cpu=1, memory=\d+\)/);
    expect(output).toContain(`more   ${server.url}/steps/GreedyFlow/work`);
  });

  it('`stepfit suggest` says why a step should not change', async () => {
    const { output } = await stepfit('suggest', 'end');
    expect(output).toMatch(/^end {2}no change \([a-z-]+\)$/m);
  });

  it('`stepfit explain` shows what would have happened, and the attempts it rests on', async () => {
    const { exitCode, output } = await stepfit('explain', 'work');
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/\d+ MiB +suggested +0 of 6/);
    expect(output.match(/ succeeded /g)).toHaveLength(6);
  });

  it('`stepfit apply` says which line to replace, and that it changed nothing', async () => {
    const source = readFileSync(GREEDY_FLOW, 'utf8');
    const line = source.split('\n').findIndex((text) => text.includes('@resources')) + 1;
    const { exitCode, output } = await stepfit('apply');
    expect(exitCode, output).toBe(0);
    expect(output).toContain(
      `where  ${GREEDY_FLOW}, line ${String(line)}, instead of the @resources there`,
    );
    expect(output).toContain(
      `No file was changed. To have them written: stepfit apply --write ${GREEDY_FLOW}`,
    );
    expect(readFileSync(GREEDY_FLOW, 'utf8')).toBe(source);
  });

  it('`--json` gives the same to programs', async () => {
    const { output } = await stepfit('explain', 'work', '--json');
    expect(JSON.parse(output)).toMatchObject({ step: 'work', suggestion: { state: 'proposed' } });
    const suggested = JSON.parse((await stepfit('suggest', '--json')).output) as unknown[];
    expect(suggested[0]).toMatchObject({ step: 'work', effective: { memoryMiB: 16_000 } });
  });

  it('`from metaflow import stepfit` is the decorator, and gives suggestions as objects', async () => {
    const code = `
from metaflow import stepfit
[work] = stepfit.suggestions("GreedyFlow")
print(work.step, work.effective["memoryMiB"], work.suggested["memoryMiB"] < 1024, work.decorator_line)
print(stepfit.verdict("GreedyFlow", "end").skip_reason, len(stepfit.verdicts("GreedyFlow")))
print(stepfit.report("GreedyFlow", days=1)["totals"]["attempts"])`;
    const { exitCode, output } = await place.python(['-c', code], {
      METAFLOW_STEPFIT_URL: server.url,
    });
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/^work 16000 True @resources\(.+\)\n[a-z-]+ 4\n9\n$/);
  });

  it('an unknown step is an error with a hint', async () => {
    const { exitCode, output } = await stepfit('suggest', 'trian');
    expect(exitCode).toBe(1);
    expect(output).toContain('Project default knows nothing of GreedyFlow/trian.');
    expect(output).not.toContain('Traceback');
  });

  it('another project is asked where the options say so', async () => {
    const { output } = await stepfit('suggest', '--project', 'other');
    expect(output).toContain('Project other knows nothing of GreedyFlow.');
  });
});

describe('a server that is away', () => {
  let place: FlowPlace;
  let server: RecordingCollector;

  beforeAll(async () => {
    place = makeFlowPlace();
    server = await startRecordingCollector();
  });

  afterAll(async () => {
    await server.close();
    place.remove();
  });

  it.each(['hang', 'error', 'rubbish'] as const)(
    '%s: the command ends with plain words and a hint',
    async (manners) => {
      server.manners = manners;
      const { exitCode, output } = await place.python([GREEDY_FLOW, 'stepfit', 'report'], {
        METAFLOW_STEPFIT_URL: server.url,
      });
      expect(exitCode).toBe(1);
      expect(output).toContain(server.url);
      expect(output).toContain('stepfit serve');
      expect(output).not.toContain('Traceback');
    },
  );
});
