import type { GpuUsage } from '@stepfit/tuner/model/attempt-usage';
import { sizeGpu } from '@stepfit/tuner/sizing/size-gpu';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { attempt } from '../support/attempts.ts';

const IDLE: GpuUsage = {
  seenCount: 1,
  peakUtilization: 0,
  meanUtilization: 0,
  peakMemoryMiB: 3,
  memoryLimitMiB: 16_384,
};

function size(readings: readonly GpuUsage[], requested = 1): ReturnType<typeof sizeGpu> {
  const history = readings.map((gpu, index) => attempt({ run: String(index), gpu }));
  return sizeGpu(history, requested, 5);
}

describe('sizeGpu', () => {
  it('gives up GPUs that stayed idle in every attempt', () => {
    const sized = size(Array<GpuUsage>(5).fill(IDLE));
    expect(sized).toMatchObject({ gpuCount: 0, isChanged: true });
    expect(sized?.evidence.verdict).toBe(
      'Utilisation and memory of every GPU stayed idle in 5 attempts: the step does not use its 1 GPU.',
    );
  });

  it('keeps them when too few attempts have shown it', () => {
    expect(size(Array<GpuUsage>(4).fill(IDLE))).toMatchObject({ gpuCount: 1, isChanged: false });
  });

  it('keeps them when one attempt used one, by its memory alone', () => {
    const readings = [...Array<GpuUsage>(9).fill(IDLE), { ...IDLE, peakMemoryMiB: 4000 }];
    expect(size(readings)).toMatchObject({ gpuCount: 1, isChanged: false });
  });

  it('keeps them when memory was not measured: utilisation alone takes nothing away', () => {
    const { peakMemoryMiB: _, ...unmeasured } = IDLE;
    expect(size(Array<GpuUsage>(9).fill(unmeasured))).toMatchObject({ isChanged: false });
  });

  describe('of several GPUs', () => {
    const four = { ...IDLE, seenCount: 4, peakUtilization: 0.9, meanUtilization: 0.2 };

    it('keeps as many as the attempt that used most of them used', () => {
      const readings = [1, 1, 2, 1, 1].map((usedCount) => ({ ...four, usedCount }));
      const sized = size(readings, 4);

      expect(sized).toMatchObject({ gpuCount: 2, isChanged: true, evidence: { usedCount: 2 } });
      expect(sized?.evidence.verdict).toBe(
        'None of 5 attempts used more than 2 of the 4 GPUs: utilisation and memory of the others stayed idle. ' +
          'A program that takes every GPU it finds will find 2. ' +
          'Busy 20 % of the time on average, 90 % at most, memory in use 3 MiB at most of 16 GiB.',
      );
    });

    it('keeps them all when too few attempts have shown it', () => {
      const readings = Array<GpuUsage>(4).fill({ ...four, usedCount: 1 });
      const sized = size(readings, 4);

      expect(sized).toMatchObject({ gpuCount: 4, isChanged: false });
      expect(sized?.evidence.verdict).toContain('too few attempts to give up 3 GPUs');
    });

    it('keeps them all when an attempt did not see all of them, or did not count', () => {
      const counted = Array<GpuUsage>(9).fill({ ...four, usedCount: 1 });
      for (const other of [{ ...four, seenCount: 1, usedCount: 1 }, four]) {
        expect(size([...counted, other], 4)).toMatchObject({ gpuCount: 4, isChanged: false });
      }
    });

    it('never suggests more than requested, nor fewer than were used', () => {
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 12 }),
          fc.integer({ min: 1, max: 8 }),
          (used, requested) => {
            const readings = used.map((usedCount) => ({ ...four, seenCount: 8, usedCount }));
            const count = size(readings, requested)?.gpuCount ?? Number.NaN;
            expect(count).toBeLessThanOrEqual(requested);
            expect(count).toBeGreaterThanOrEqual(Math.min(requested, Math.max(...used)));
          },
        ),
      );
    });
  });

  it('reports peaks and says when more GPUs were visible than requested', () => {
    const busy = {
      ...IDLE,
      seenCount: 8,
      peakUtilization: 0.9,
      meanUtilization: 0.2,
      peakMemoryMiB: 8192,
    };
    const sized = size(Array<GpuUsage>(5).fill(busy), 2);
    expect(sized?.evidence).toMatchObject({ requestedCount: 2, peakMemoryMiB: 8192 });
    expect(sized?.evidence.verdict).toBe(
      'Busy 20 % of the time on average, 90 % at most, memory in use 8 GiB at most of 16 GiB. ' +
        'Utilisation is not need, so the count stays. ' +
        'The attempts saw 8 GPUs though 2 requested: readings may include the work of others.',
    );
  });

  it('has nothing to say of steps without GPUs, and says so of GPUs without readings', () => {
    expect(size([], 0)).toBeUndefined();
    expect(sizeGpu([attempt()], 1, 5)?.evidence.verdict).toBe(
      'No GPU readings, so nothing is said about the 1 GPU requested.',
    );
  });
});
