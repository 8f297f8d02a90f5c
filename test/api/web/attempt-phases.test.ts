import type { Attempt, UsageSeries } from '@stepfit/api/http/schemas/attempts';
import { describe, expect, it } from 'vitest';

import { phasesOf } from '../../../api/web/src/pages/attempt-phases.ts';

const MIB = 1024 ** 2;

function memory(...points: readonly (readonly [offsetMs: number, mib: number])[]): UsageSeries {
  return {
    metric: 'stepfit.memory.peak',
    unit: 'By',
    series: '',
    points: points.map(([offsetMs, mib]) => ({
      offsetMs,
      min: mib * MIB,
      max: mib * MIB,
      last: mib * MIB,
    })),
  } as UsageSeries;
}

function attempt(facts: Partial<Attempt>): Attempt {
  return { durationMs: 10_000, outcome: 'succeeded', ...facts } as Attempt;
}

describe('an attempt’s course', () => {
  it('is its time before, between and after its samples, and when its memory peaked', () => {
    const series = [memory([2000, 100], [4000, 900], [8000, 900])];

    expect(phasesOf(attempt({ peakMemoryMiB: 900 }), series)).toEqual({
      firstSample: 2,
      lastSample: 8,
      end: 10,
      samples: 3,
      peak: 4,
    });
  });

  it('does not say when a peak came that only the end reported', () => {
    const series = [memory([2000, 100], [8000, 300])];

    expect(phasesOf(attempt({ peakMemoryMiB: 900 }), series)).not.toHaveProperty('peak');
  });

  it('ends with its last sample while it runs, and is not known without samples', () => {
    const running = { ...attempt({ peakMemoryMiB: 100 }) } as { durationMs?: number };
    delete running.durationMs;

    expect(phasesOf(running as Attempt, [memory([2000, 100])])).toMatchObject({
      end: 2,
      samples: 1,
    });
    expect(phasesOf(attempt({}), [])).toBeUndefined();
  });
});
