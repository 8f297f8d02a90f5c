import type { GpuUsage } from '@stepfit/tuner/model/attempt-usage';
import { sizeGpu } from '@stepfit/tuner/sizing/size-gpu';
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
