import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { attemptOf, cpuSeconds, peakBytes, spanAttribute } from '../support/metaflow-attempts.ts';
import { type RecordingCollector, startRecordingCollector } from '../support/metaflow-collector.ts';
import {
  type FlowPlace,
  type FlowRun,
  type KernelMarks,
  makeFlowPlace,
} from '../support/metaflow-run.ts';

const FLOW = join(import.meta.dirname, 'flows/hard_to_measure_flow.py');
const MIB = 2 ** 20;

describe('what a sampler that looks now and then would get wrong', () => {
  let collector: RecordingCollector;
  let place: FlowPlace;
  let run: FlowRun;

  beforeAll(async () => {
    collector = await startRecordingCollector();
    place = makeFlowPlace();
    run = await place.run(FLOW, collector.url);
    await place.samplersEnded();
  });

  afterAll(async () => {
    await collector.close();
    place.remove();
  });

  function peak(step: string): number {
    return peakBytes(attemptOf(collector.exports, step));
  }

  function marks(step: string): KernelMarks {
    const [only] = place.marks(step);
    if (only === undefined) throw new Error(`Step ${step} left no marks.`);
    return only;
  }

  it('runs as without us, and leaves nothing in the working directory', () => {
    expect(run.exitCode, run.output).toBe(0);
    expect(readdirSync(place.workDir)).toEqual([]);
  });

  it.each([
    ['start', 150, 'a task that is over before the second sample'],
    ['spike', 300, 'a spike between two samples'],
    ['persist', 240, 'a peak that comes while artifacts are stored'],
  ])('has the peak of %s (at least %i MiB): %s', (step, atLeastMiB) => {
    const ratio = peak(step) / marks(step).vm_hwm_bytes;
    expect(ratio).toBeGreaterThan(0.97);
    expect(ratio).toBeLessThan(1.03);
    expect(peak(step)).toBeGreaterThan(atLeastMiB * MIB);
    expect(spanAttribute(attemptOf(collector.exports, step), 'peakMemorySource')).toBe('vm-hwm');
  });

  it('adds a child’s spike to what its parent holds at the time', () => {
    const parent = marks('spike_in_child').vm_hwm_bytes;
    expect(peak('spike_in_child')).toBeGreaterThan(0.97 * (parent + 200 * MIB));
    expect(peak('spike_in_child')).toBeLessThan(1.03 * (parent + 200 * MIB + 15 * MIB));
  });

  it('loses no CPU time of short children', () => {
    const used = cpuSeconds(attemptOf(collector.exports, 'short_children'));
    expect(used).toBeGreaterThan(8 * 0.15 * 0.97);
    // The kernel's figure also holds what Python and Metaflow used before the attempt began.
    expect(used).toBeLessThan(marks('short_children').cpu_seconds);
  });

  it('is no child of the step: code that waits for any child meets only its own', () => {
    expect(run.output).toContain('waited for 2 children');
  });
});
