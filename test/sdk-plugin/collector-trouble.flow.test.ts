import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { attemptsOf, spanAttribute } from '../support/metaflow-attempts.ts';
import {
  type Manners,
  type RecordingCollector,
  startRecordingCollector,
} from '../support/metaflow-collector.ts';
import { type FlowPlace, type FlowRun, makeFlowPlace } from '../support/metaflow-run.ts';

const FLOW = join(import.meta.dirname, 'flows/ending_flow.py');
/** Nothing listens on the discard port of a machine like this. */
const NOBODY = 'http://127.0.0.1:9';

describe('a collector in trouble', () => {
  let collector: RecordingCollector;
  let place: FlowPlace;
  let undisturbed: FlowRun;

  beforeAll(async () => {
    collector = await startRecordingCollector();
    place = makeFlowPlace();
    undisturbed = await place.run(FLOW, collector.url);
    await place.samplersEnded();
  });

  afterAll(async () => {
    await collector.close();
    place.remove();
  });

  async function runWith(manners: Manners): Promise<FlowRun> {
    collector.manners = manners;
    const run = await place.run(FLOW, collector.url);
    await place.samplersEnded();
    collector.manners = 'ok';
    if (manners !== 'ok') reportExtraTime(manners, run);
    return run;
  }

  /** Runs on a well-behaved collector until nothing is spooled: one run, or more on a busy machine. */
  async function deliverSpooled(): Promise<number> {
    let runs = 0;
    do {
      await runWith('ok');
      runs += 1;
    } while (place.spooled().length > 0 && runs < 3);
    expect(place.spooled()).toEqual([]);
    return runs;
  }

  function reportExtraTime(trouble: string, run: FlowRun): void {
    const extraMs = run.durationMs - undisturbed.durationMs;
    console.info(`collector ${trouble}: run took ${String(extraMs)} ms more than undisturbed`);
  }

  it.each<Manners>(['hang', 'error', 'rubbish'])(
    '%s: the flow does not notice, and the next run delivers what was spooled',
    async (manners) => {
      const before = collector.exports.length;
      const run = await runWith(manners);
      expect(run.exitCode, run.output).toBe(0);
      expect(withoutStamps(run.output)).toEqual(withoutStamps(undisturbed.output));
      expect(collector.exports).toHaveLength(before);
      expect(place.spooled().length).toBeGreaterThanOrEqual(6);

      const laterRuns = await deliverSpooled();
      const attempts = attemptsOf(collector.exports.slice(before));
      expect(attempts).toHaveLength(3 + 3 * laterRuns);
      for (const attempt of attempts) {
        expect(spanAttribute(attempt, 'outcome')).toBe('succeeded');
        expect(attempt.points.length).toBeGreaterThan(0);
      }
    },
  );

  it('slow: everything arrives all the same', async () => {
    const before = collector.exports.length;
    const run = await runWith('slow');
    expect(run.exitCode, run.output).toBe(0);
    await deliverSpooled();
    expect(attemptsOf(collector.exports.slice(before)).every(({ span }) => span)).toBe(true);
  });

  it('down: the flow does not notice, and the spool is kept for that collector alone', async () => {
    const run = await place.run(FLOW, NOBODY);
    await place.samplersEnded();
    reportExtraTime('down', run);
    expect(run.exitCode, run.output).toBe(0);
    const kept = place.spooled();
    expect(kept.length).toBeGreaterThanOrEqual(6);
    await runWith('ok');
    expect(place.spooled()).toEqual(kept);
  });

  it('switched off: nothing is measured, sent or spooled', async () => {
    const [exports, spooled] = [collector.exports.length, place.spooled()];
    const run = await place.run(FLOW, collector.url, {
      environment: { METAFLOW_STEPFIT_DISABLE: '1' },
    });
    expect(run.exitCode, run.output).toBe(0);
    expect(collector.exports).toHaveLength(exports);
    expect(place.spooled()).toEqual(spooled);
  });

  it('never leaves anything in the working directory', () => {
    expect(readdirSync(place.workDir)).toEqual([]);
  });
});

/** What a run prints, less what differs from run to run: times, run ids, process ids. */
function withoutStamps(output: string): readonly string[] {
  return output
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+/g, '')
    .replaceAll(/\d{10,}/g, '')
    .replaceAll(/pid \d+/g, '')
    .split('\n');
}
