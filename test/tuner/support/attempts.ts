import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { type MemoryObservation, observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import * as fc from 'fast-check';

const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
const EPOCH_MS = Date.UTC(2026, 0, 5);

/** A finished attempt with defaults: one hour, succeeded, 8 cores and 16000 MiB asked for, 1000 needed. */
export function attempt(overrides: Partial<AttemptUsage> = {}): AttemptUsage {
  const startedAtMs = overrides.startedAtMs ?? EPOCH_MS;
  const durationMs = overrides.durationMs ?? HOUR_MS;
  return {
    run: '1',
    task: '1',
    attempt: 0,
    startedAtMs,
    endedAtMs: startedAtMs + durationMs,
    durationMs,
    outcome: 'succeeded',
    declared: { cpuCores: 8, memoryMiB: 16_000 },
    declaredDecorators: [{ name: 'resources', attributes: { cpu: 8, memory: 16_000 } }],
    request: { cpuCores: 8, memoryMiB: 16_000 },
    backend: 'batch',
    features: {},
    peakMemoryMiB: 1000,
    peakMemorySource: 'cgroup-peak',
    cpuProfile: { cores: [1], seconds: [durationMs / 1000] },
    hostCpuCores: 16,
    ...overrides,
  };
}

/** One task after the other, an hour each, with these peaks. */
export function attemptsWithPeaks(
  peaksMiB: readonly number[],
  overrides: Partial<AttemptUsage> = {},
): AttemptUsage[] {
  return peaksMiB.map((peakMemoryMiB, index) =>
    attempt({
      run: String(index + 1),
      startedAtMs: EPOCH_MS + index * HOUR_MS,
      peakMemoryMiB,
      ...overrides,
    }),
  );
}

/** Observations of tasks that ran one after the other, an hour each, with these needs. */
export function observations(needsMiB: readonly number[]): MemoryObservation[] {
  return observeMemory(attemptsWithPeaks(needsMiB));
}

/** A task that was killed with this much and never ran again. */
export function killed(
  limitMemoryMiB: number,
  overrides: Partial<AttemptUsage> = {},
): AttemptUsage {
  return attempt({
    run: 'killed',
    outcome: 'oom',
    peakMemoryMiB: limitMemoryMiB,
    limitMemoryMiB,
    ...overrides,
  });
}

const OUTCOMES = [
  'succeeded',
  'succeeded',
  'succeeded',
  'failed',
  'oom',
  'timeout',
  'lost',
] as const;

/** Histories as they come: any mixture of outcomes, overlapping tasks, zeros, retries, missing peaks. */
export const arbitraryHistory: fc.Arbitrary<AttemptUsage[]> = fc
  .array(
    fc.record({
      peakMemoryMiB: fc.option(fc.double({ min: 0, max: 2e6, noNaN: true }), { nil: undefined }),
      durationMs: fc.integer({ min: 0, max: 48 * HOUR_MS }),
      startMinute: fc.integer({ min: 0, max: 10_000 }),
      outcome: fc.constantFrom(...OUTCOMES),
      limitMemoryMiB: fc.option(fc.double({ min: 1, max: 1e5, noNaN: true }), { nil: undefined }),
      isRetry: fc.boolean(),
      cores: fc.array(fc.double({ min: 0, max: 64, noNaN: true }), { maxLength: 4 }),
      hostCpuCores: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }),
    }),
    { maxLength: 40 },
  )
  .map((rows) => {
    let task = 0;
    let number = 0;
    return rows.map((row) => {
      number = row.isRetry && task > 0 ? number + 1 : 0;
      if (number === 0) task += 1;
      const { peakMemoryMiB, limitMemoryMiB, hostCpuCores, cores, ...rest } = row;
      const {
        peakMemoryMiB: _peak,
        hostCpuCores: _host,
        ...base
      } = attempt({
        run: String(task % 3),
        task: String(task),
        attempt: number,
        startedAtMs: EPOCH_MS + rest.startMinute * MINUTE_MS,
        durationMs: rest.durationMs,
        outcome: rest.outcome,
      });
      return {
        ...base,
        ...(peakMemoryMiB === undefined ? {} : { peakMemoryMiB }),
        ...(limitMemoryMiB === undefined ? {} : { limitMemoryMiB }),
        ...(hostCpuCores === undefined ? {} : { hostCpuCores }),
        cpuProfile: {
          cores: cores.toSorted((a, b) => a - b),
          seconds: cores.map((_, index) => index + 1),
        },
      };
    });
  });
