import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { sizeGpu } from '@stepfit/tuner/sizing/size-gpu';
import { withSmallerCard } from '@stepfit/tuner/sizing/smaller-card';
import { describe, expect, it } from 'vitest';

import { attempt } from '../support/attempts.ts';

/** Ten one-hour runs on an A100 with 40 GB (read as 40536 MiB), with this much of its memory in use. */
function sized(peakMemoryMiB: number, prices = EXAMPLE_PRICES) {
  const attempts = Array.from({ length: 10 }, (_, index) =>
    attempt({
      run: String(index),
      gpu: {
        seenCount: 1,
        usedCount: 1,
        peakUtilization: 0.9,
        meanUtilization: 0.4,
        peakMemoryMiB,
        memoryLimitMiB: 40_536,
      },
    }),
  );
  const gpu = sizeGpu(attempts, 1, 5);
  if (gpu === undefined) throw new Error('there are readings');
  const beside = { cpuCores: 4, memoryMiB: 16_384 };
  return withSmallerCard(gpu, { attempts, beside, prices });
}

describe('a smaller card', () => {
  it('is told with the money where the memory would fit and the table has a cheaper one', () => {
    const { evidence, isChanged, gpuCount } = sized(9000);

    // A100 3.00 an hour, T4 0.30
    expect(evidence.smallerCard).toEqual({
      model: 'NVIDIA T4',
      memoryMiB: 16_384,
      costUsdPerRun: expect.closeTo(2.7, 6) as number,
    });
    expect(evidence.verdict).toContain(
      'Its memory would fit a smaller card: 8.79 GiB at most, and 15 % more, into the 16 GiB of NVIDIA T4, ' +
        'for $2.70 a run less if it runs as fast there, which readings cannot tell.',
    );
    expect({ isChanged, gpuCount }).toEqual({ isChanged: false, gpuCount: 1 });
  });

  it('leaves 15 % to spare of the memory that programs find on it', () => {
    // 15000 × 1.15 is more than a T4 shows
    expect(sized(15_000).evidence.smallerCard?.model).toBe('NVIDIA A10G');
    expect(sized(30_000).evidence.smallerCard).toBeUndefined();
  });

  it('is not told where none is cheaper, or the table knows no cards', () => {
    const { gpuCards: _, ...bare } = EXAMPLE_PRICES;
    const dear = (EXAMPLE_PRICES.gpuCards ?? []).map((card) => ({ ...card, hourUsd: 3 }));
    expect(sized(9000, bare).evidence.smallerCard).toBeUndefined();
    expect(sized(9000, { ...EXAMPLE_PRICES, gpuCards: dear }).evidence.smallerCard).toBeUndefined();
  });

  it('is found among machines too', () => {
    const { gpuCards: _, ...bare } = EXAMPLE_PRICES;
    const machine = { cpuCores: 8, memoryMiB: 65_536, gpuCount: 1 };
    const shapes = [
      { ...machine, name: 'small', gpuModel: 'T4', gpuMemoryMiB: 16_384, hourUsd: 0.6 },
      { ...machine, name: 'large', gpuModel: 'A100', gpuMemoryMiB: 40_960, hourUsd: 4 },
    ];
    expect(sized(9000, { ...bare, shapes }).evidence.smallerCard).toMatchObject({
      model: 'T4',
      costUsdPerRun: expect.closeTo(3.4, 6) as number,
    });
  });
});
