import { EXAMPLE_PRICES, type Prices } from '@stepfit/tuner/model/prices';
import { billedSize } from '@stepfit/tuner/prices/billed-size';
import { AWS_FARGATE } from '@stepfit/tuner/prices/size-grids';
import { fitToSizes, type SizesInput, validRequest } from '@stepfit/tuner/sizing/fit-to-sizes';
import type { CpuSizing } from '@stepfit/tuner/sizing/size-cpu';
import type { MemorySizing } from '@stepfit/tuner/sizing/size-memory';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const FARGATE: Prices = { ...EXAMPLE_PRICES, grid: AWS_FARGATE };

function memory(firstMiB: number, isChanged = true): MemorySizing {
  const plan = { firstMiB, secondMiB: firstMiB * 2, lastMiB: firstMiB * 4 };
  return { plan, isChanged, words: 'the largest need seen' };
}

function cpu(cpuCores: number, isChanged = true): CpuSizing {
  return {
    cpuCores,
    isChanged,
    isHeld: false,
    words: 'it would not have slowed',
    curve: [],
    stretchRatio: () => 1,
  };
}

function fit(input: Partial<SizesInput>): ReturnType<typeof fitToSizes> {
  return fitToSizes({ current: { cpuCores: 4, memoryMiB: 16_384 }, prices: FARGATE, ...input });
}

describe('fitToSizes', () => {
  it('leaves everything as it is where any size is valid', () => {
    const sized = { memory: memory(1152), cpu: cpu(1) };
    expect(fit({ ...sized, prices: EXAMPLE_PRICES })).toEqual(sized);
  });

  it('rounds both up together, later attempts too', () => {
    const found = fit({ memory: memory(1152), cpu: cpu(1) });

    expect(found.size).toEqual({ cpuCores: 1, memoryMiB: 2048 });
    expect(found.memory).toMatchObject({
      isChanged: true,
      plan: { firstMiB: 2048, secondMiB: 3072, lastMiB: 5120 },
    });
    expect(found.cpu).toMatchObject({ cpuCores: 1, isChanged: true });
    expect(found.sizeWords).toBe(
      '1 core with 2 GiB is the cheapest size of AWS Fargate that covers both',
    );
  });

  it('takes the cores that come with the memory', () => {
    const found = fit({ memory: memory(12_000), cpu: cpu(1) });

    expect(found.size).toEqual({ cpuCores: 2, memoryMiB: 12_288 });
    expect(found.cpu).toMatchObject({ cpuCores: 2, words: 'they come with the memory' });
  });

  it('suggests nothing that is billed the same', () => {
    const current = { cpuCores: 4, memoryMiB: 8192 };
    const found = fit({ current, memory: memory(6000), cpu: cpu(4, false) });

    expect(found.size).toBeUndefined();
    expect(found.memory).toMatchObject({
      isChanged: false,
      kept: 'within-tolerance',
      plan: { firstMiB: 8192 },
      words: 'AWS Fargate bills 4 cores with 5.86 GiB like what is asked for now',
    });
  });

  it('changes nothing that was not judged, except where memory must grow', () => {
    const current = { cpuCores: 1, memoryMiB: 8192 };
    const shrink = fit({ current: { cpuCores: 2, memoryMiB: 16_384 }, memory: memory(2048) });
    const grow = fit({ current, memory: memory(10_000) });

    // 2 cores come with 4 GiB at least, and those are still covered.
    expect(shrink.size).toEqual({ cpuCores: 2, memoryMiB: 4096 });
    expect(grow.size).toEqual({ cpuCores: 2, memoryMiB: 10_240 });
    // Fewer cores, but 8 GiB belong to them that the memory, which nobody judged, does not have.
    const cores = fit({ current: { cpuCores: 8, memoryMiB: 5000 }, cpu: cpu(4) });
    expect(cores.size).toBeUndefined();
    expect(cores.cpu).toMatchObject({ isChanged: false, cpuCores: 8 });
  });

  it('says so where no size is large enough', () => {
    const found = fit({ memory: memory(200_000), cpu: cpu(4, false) });
    expect(found.memory).toMatchObject({
      isChanged: false,
      kept: 'capped',
      words: 'AWS Fargate has no size for 4 cores with 195 GiB',
    });
  });

  it('covers the need with a valid size, or changes nothing', () => {
    const cores = fc.constantFrom(0.25, 0.5, 1, 2, 3, 4, 8, 16, 20);
    const mib = fc.integer({ min: 1, max: 2200 }).map((steps) => steps * 64);
    fc.assert(
      fc.property(cores, mib, cores, mib, (cpuCores, memoryMiB, toCores, toMiB) => {
        const found = fit({
          current: { cpuCores, memoryMiB },
          memory: memory(toMiB, toMiB !== memoryMiB),
          cpu: cpu(toCores, toCores !== cpuCores),
        });
        const size = found.size ?? { cpuCores, memoryMiB };
        const isValid =
          found.size === undefined ||
          JSON.stringify(billedSize(size, AWS_FARGATE, FARGATE)) === JSON.stringify(size);
        const covers = size.cpuCores >= toCores && size.memoryMiB >= toMiB;
        expect(isValid).toBe(true);
        expect(covers || found.size === undefined).toBe(true);
        expect(found.memory?.isChanged).toBe(size.memoryMiB !== memoryMiB);
        expect(found.cpu?.isChanged).toBe(size.cpuCores !== cpuCores);
      }),
    );
  });
});

describe('validRequest', () => {
  it('raises a request to a valid size, and leaves alone what has none', () => {
    expect(validRequest({ cpuCores: 1, memoryMiB: 9000, gpuCount: 0 }, FARGATE)).toEqual({
      cpuCores: 2,
      memoryMiB: 9216,
      gpuCount: 0,
    });
    expect(validRequest({ cpuCores: 99, memoryMiB: 9000 }, FARGATE)).toEqual({
      cpuCores: 99,
      memoryMiB: 9000,
    });
    expect(validRequest({ cpuCores: 1, memoryMiB: 9000 }, EXAMPLE_PRICES).memoryMiB).toBe(9000);
  });
});
