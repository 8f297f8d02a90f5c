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
  /** Runs whose collector did not take everything, or late. */
  const troubled: string[] = [];

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

  function reportExtraTime(trouble: string, run: FlowRun): void {
    const extraMs = run.durationMs - undisturbed.durationMs;
    console.info(`collector ${trouble}: run took ${String(extraMs)} ms more than undisturbed`);
  }

  it('down: the flow does not notice', async () => {
    const run = await place.run(FLOW, NOBODY);
    await place.samplersEnded();
    reportExtraTime('down', run);
    expect(run.exitCode, run.output).toBe(0);
    expect(withoutStamps(run.output)).toEqual(withoutStamps(undisturbed.output));
    expect(place.spooled().length).toBeGreaterThanOrEqual(6);
  });

  it.each<Manners>(['hang', 'error', 'rubbish', 'slow'])(
    '%s: the flow does not notice, and what is not delivered is spooled',
    async (manners) => {
      const [exports, spooled] = [collector.exports.length, place.spooled().length];
      const run = await runWith(manners);
      expect(run.exitCode, run.output).toBe(0);
      expect(withoutStamps(run.output)).toEqual(withoutStamps(undisturbed.output));
      troubled.push(run.runId);
      if (manners === 'slow') return;
      const cards = [...place.cardsOf(run.runId).values()];
      expect(cards).toHaveLength(3);
      const unanswered = /The StepFit server (has not answered|did not answer)/;
      for (const card of cards) expect(card).toMatch(unanswered);
      expect(collector.exports).toHaveLength(exports);
      expect(place.spooled().length).toBeGreaterThanOrEqual(spooled + 6);
    },
  );

  it('the next runs deliver all of it, and leave what is for another collector', async () => {
    const forNobody = place.spooledFor(NOBODY);
    expect(forNobody.length).toBeGreaterThanOrEqual(6);
    // One run, or more on a busy machine.
    for (let runs = 0; runs < 4 && place.spooledFor(collector.url).length > 0; runs += 1) {
      await runWith('ok');
    }
    expect(place.spooled()).toEqual(forNobody);
    const attempts = attemptsOf(collector.exports).filter(({ run }) => troubled.includes(run));
    expect(attempts).toHaveLength(3 * troubled.length);
    for (const attempt of attempts) {
      expect(spanAttribute(attempt, 'outcome')).toBe('succeeded');
      expect(attempt.points.length).toBeGreaterThan(0);
    }
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
