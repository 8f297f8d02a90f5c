import { availableParallelism, hostname, totalmem } from 'node:os';
import { join } from 'node:path';

import { RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  attemptOf,
  attemptsOf,
  cpuSeconds,
  peakBytes,
  pointsOf,
  type ReportedAttempt,
  spanAttribute,
} from '../support/metaflow-attempts.ts';
import { type RecordingCollector, startRecordingCollector } from '../support/metaflow-collector.ts';
import { type FlowPlace, type FlowRun, makeFlowPlace } from '../support/metaflow-run.ts';

const EXAMPLE = join(import.meta.dirname, '../../sdk-plugin/examples/over_provisioned_flow.py');
const MIB = 2 ** 20;

describe('the example flow, measured', () => {
  let collector: RecordingCollector;
  let place: FlowPlace;
  let run: FlowRun;

  beforeAll(async () => {
    collector = await startRecordingCollector();
    place = makeFlowPlace();
    run = await place.run(EXAMPLE, collector.url, {
      environment: { METAFLOW_STEPFIT_PROJECT: 'shop' },
    });
    await place.samplersEnded();
  });

  afterAll(async () => {
    await collector.close();
    place.remove();
  });

  function attempt(step: string): ReportedAttempt {
    return attemptOf(collector.exports, step);
  }

  function fact(
    step: string,
    key: keyof typeof RESOURCE_ATTRIBUTES,
  ): string | number | boolean | undefined {
    return attempt(step).exports[0]?.resource[RESOURCE_ATTRIBUTES[key].name];
  }

  function regions(): readonly ReportedAttempt[] {
    return attemptsOf(collector.exports)
      .filter(({ step }) => step === 'profile_region')
      .toSorted((one, other) => Number(one.task) - Number(other.task));
  }

  it('finishes, leaves nothing in the working directory, and reports each of its 12 tasks as succeeded', () => {
    expect(run.exitCode, run.output).toBe(0);
    const attempts = attemptsOf(collector.exports);
    expect(attempts).toHaveLength(12);
    for (const reported of attempts) {
      expect(spanAttribute(reported, 'outcome'), reported.step).toBe('succeeded');
    }
    expect(place.spooled()).toEqual([]);
  });

  it('states identity and start facts on every export', () => {
    for (const reported of attemptsOf(collector.exports)) {
      const [first, ...others] = reported.exports.map(({ resource }) => resource);
      expect(first).toMatchObject({
        [RESOURCE_ATTRIBUTES.project.name]: 'shop',
        [RESOURCE_ATTRIBUTES.flow.name]: 'OverProvisionedFlow',
        [RESOURCE_ATTRIBUTES.attempt.name]: 0,
        [RESOURCE_ATTRIBUTES.backend.name]: 'local',
        [RESOURCE_ATTRIBUTES.hostCpuCores.name]: availableParallelism(),
        [RESOURCE_ATTRIBUTES.hostName.name]: hostname(),
        [RESOURCE_ATTRIBUTES.startedUnixMs.name]: reported.span?.startMs,
      });
      expect(first?.[RESOURCE_ATTRIBUTES.codeVersion.name]).toMatch(/^[0-9a-f]{16}$/);
      expect(first?.[RESOURCE_ATTRIBUTES.hostMemoryMiB.name]).toBeCloseTo(totalmem() / MIB, -1);
      for (const other of others) expect(other).toEqual(first);
    }
  });

  it('says what the source asks for, and nothing where it asks for nothing', () => {
    expect(fact('simulate', 'declaredCpuCores')).toBe(8);
    expect(fact('index_orders', 'declaredMemoryMiB')).toBe(16_000);
    expect(fact('index_orders', 'requestMemoryMiB')).toBe(16_000);
    expect(JSON.parse(String(fact('archive', 'declaredDecorators')))).toEqual([
      { name: 'resources', attributes: { cpu: 1, memory: 768 } },
    ]);
    expect(fact('start', 'declaredMemoryMiB')).toBeUndefined();
    expect(fact('start', 'declaredDecorators')).toBeUndefined();
    expect(fact('archive', 'limitMemoryMiB')).toBeUndefined();
  });

  it('knows the features of each foreach task, and the peak follows them', () => {
    const features = regions().map(({ exports }) => exports[0]?.resource);
    expect(features.map((known) => known?.['stepfit.feature.foreach_index'])).toEqual([0, 1, 2, 3]);
    expect(features.map((known) => known?.['stepfit.feature.foreach_value'])).toEqual([
      400_000, 800_000, 1_600_000, 3_200_000,
    ]);
    expect(features[0]?.['stepfit.feature.parameter.seed']).toBe(7);
    expect(features[0]?.['stepfit.feature.input.pad.bytes']).toBeGreaterThan(48 * MIB);
    const peaks = regions().map(peakBytes);
    expect(peaks).toEqual(peaks.toSorted((one, other) => one - other));
    expect(peaks[3]).toBeGreaterThan(2.5 * Number(peaks[0]));
  });

  it.each(['simulate', 'index_orders', 'export_keys', 'archive'])(
    'measures the peak of %s within 3 % of the kernel’s own mark',
    (step) => {
      const [marks] = place.marks(step);
      const ratio = peakBytes(attempt(step)) / Number(marks?.vm_hwm_bytes);
      expect(ratio).toBeGreaterThan(0.97);
      expect(ratio).toBeLessThan(1.03);
    },
  );

  it('sees that the peak of export_keys comes while its artifact is stored', () => {
    // In user code it holds the pad of 48 MiB once, besides Python and Metaflow.
    expect(peakBytes(attempt('export_keys'))).toBeGreaterThan(150 * MIB);
  });

  it('counts both worker processes', () => {
    const counts = pointsOf(attempt('count_primes'), 'processCount').map(({ value }) => value);
    expect(Math.max(...counts)).toBeGreaterThanOrEqual(3);
    expect(cpuSeconds(attempt('count_primes'))).toBeGreaterThan(1);
  });

  it('finds the right-sized step right-sized: largest need × 1.15, in steps of 64 MiB, is within 10 %', () => {
    const suggestedMiB = Math.ceil(((peakBytes(attempt('archive')) / MIB) * 1.15) / 64) * 64;
    expect(Math.abs(suggestedMiB - 768) / 768).toBeLessThan(0.1);
  });

  it('sends points whose time is unique in their series and whose counters never fall', () => {
    for (const reported of attemptsOf(collector.exports)) {
      const series = Map.groupBy(
        reported.points,
        ({ metric, labels }) => `${metric} ${JSON.stringify(labels)}`,
      );
      for (const [name, points] of series) {
        const times = points.map(({ timeMs }) => timeMs);
        expect(new Set(times).size, name).toBe(times.length);
        if (!/cpu\.time|disk\.io|memory\.peak/.test(name)) continue;
        const values = points
          .toSorted((one, other) => one.timeMs - other.timeMs)
          .map(({ value }) => value);
        expect(values, name).toEqual(values.toSorted((one, other) => one - other));
      }
    }
  });
});
