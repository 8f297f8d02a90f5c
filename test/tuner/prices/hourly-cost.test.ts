import type { Prices } from '@stepfit/tuner/model/prices';
import { knownCards } from '@stepfit/tuner/prices/gpu-cards';
import { billedUnit, hourlyCostUsd } from '@stepfit/tuner/prices/hourly-cost';
import { AWS_FARGATE } from '@stepfit/tuner/prices/size-grids';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const LINEAR: Prices = {
  name: 'linear',
  isExample: false,
  cpuCoreHourUsd: 0.04,
  memoryGibHourUsd: 0.005,
  gpuHourUsd: 2,
  gpuCards: [
    { model: 'T4', memoryMiB: 16_384, hourUsd: 0.3 },
    { model: 'V100', memoryMiB: 16_384, hourUsd: 2.5 },
    { model: 'A10G', memoryMiB: 24_576, hourUsd: 0.8 },
  ],
};
const SHAPES: Prices = {
  ...LINEAR,
  name: 'shapes',
  shapes: [
    { name: 'c.large', cpuCores: 2, memoryMiB: 4096, hourUsd: 0.08 },
    { name: 'r.large', cpuCores: 2, memoryMiB: 16_384, hourUsd: 0.13 },
    { name: 'c.8xlarge', cpuCores: 32, memoryMiB: 65_536, hourUsd: 1.28 },
    {
      name: 'g.xlarge',
      cpuCores: 4,
      memoryMiB: 16_384,
      gpuCount: 1,
      gpuModel: 'T4',
      gpuMemoryMiB: 16_384,
      hourUsd: 0.5,
    },
    {
      name: 'p.8xlarge',
      cpuCores: 32,
      memoryMiB: 249_856,
      gpuCount: 4,
      gpuModel: 'A100',
      gpuMemoryMiB: 40_960,
      hourUsd: 12,
    },
  ],
};

describe('hourlyCostUsd', () => {
  it('is linear in what is asked for', () => {
    expect(hourlyCostUsd({ cpuCores: 2, memoryMiB: 4096 }, LINEAR)).toBeCloseTo(0.1);
    expect(hourlyCostUsd({}, LINEAR)).toBe(0);
  });

  it('prices a GPU by its card where its memory tells which, the cheapest where two have it', () => {
    expect(hourlyCostUsd({ gpuCount: 2 }, LINEAR)).toBe(4);
    // A T4 shows 15360 of 16384 MiB, a V100 16160.
    expect(hourlyCostUsd({ gpuCount: 1, gpuMemoryMiB: 15_360 }, LINEAR)).toBe(0.3);
    expect(hourlyCostUsd({ gpuCount: 1, gpuMemoryMiB: 23_028 }, LINEAR)).toBe(0.8);
    expect(hourlyCostUsd({ gpuCount: 1, gpuMemoryMiB: 81_559 }, LINEAR)).toBe(2);
  });

  it('rounds up to the grid before it prices', () => {
    const fargate: Prices = { ...LINEAR, grid: AWS_FARGATE };
    // 0.3 cores and 600 MiB are billed as 0.5 and 1 GiB
    expect(hourlyCostUsd({ cpuCores: 0.3, memoryMiB: 600 }, fargate)).toBeCloseTo(0.025);
    expect(billedUnit(fargate)).toBe('task');
  });

  it('takes the share of the cheapest machine that the scarcest resource has', () => {
    // c.large: 1/2 of 0.08 by cores; r.large 0.065; c.8xlarge 1/32 of 1.28
    expect(hourlyCostUsd({ cpuCores: 1, memoryMiB: 1024 }, SHAPES)).toBeCloseTo(0.04);
    // 8 GiB: r.large 1/2 of 0.13, c.8xlarge 1/8 of 1.28, g.xlarge 1/2 of 0.5
    expect(hourlyCostUsd({ cpuCores: 1, memoryMiB: 8192 }, SHAPES)).toBeCloseTo(0.065);
    expect(billedUnit(SHAPES)).toBe('node');
  });

  it('takes the whole of the cheapest machine that holds the task where tasks are billed', () => {
    const perTask: Prices = { ...SHAPES, billedUnit: 'task' };
    expect(hourlyCostUsd({ cpuCores: 1, memoryMiB: 1024 }, perTask)).toBeCloseTo(0.08);
    expect(hourlyCostUsd({ cpuCores: 3, memoryMiB: 1024 }, perTask)).toBeCloseTo(0.5);
  });

  it('counts only machines with the GPUs asked for, and of their kind', () => {
    expect(hourlyCostUsd({ cpuCores: 1, gpuCount: 1 }, SHAPES)).toBeCloseTo(0.5);
    expect(hourlyCostUsd({ cpuCores: 1, gpuCount: 1, gpuMemoryMiB: 40_536 }, SHAPES)).toBeCloseTo(
      3,
    );
    const withoutGpus = { ...SHAPES, shapes: SHAPES.shapes?.slice(0, 3) ?? [] };
    expect(hourlyCostUsd({ gpuCount: 1 }, withoutGpus)).toBe(2);
  });

  it('prices what nothing holds as if a larger machine were sold at the same rate', () => {
    // c.8xlarge twice; of the cards, the machine with the most of them
    expect(hourlyCostUsd({ cpuCores: 64, memoryMiB: 1024 }, SHAPES)).toBeCloseTo(2.56);
    expect(hourlyCostUsd({ gpuCount: 5 }, SHAPES)).toBeCloseTo(15);
  });

  describe('whatever is asked for', () => {
    const request = fc.record({
      cpuCores: fc.double({ min: 0, max: 16, noNaN: true }),
      memoryMiB: fc.double({ min: 0, max: 100_000, noNaN: true }),
      gpuCount: fc.integer({ min: 0, max: 2 }),
    });
    const tables = [LINEAR, SHAPES, { ...SHAPES, billedUnit: 'task' as const }];

    it('is finite and never negative, however much it is', () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...tables),
          request,
          fc.double({ min: 0, max: 1e6, noNaN: true }),
          (prices, { cpuCores, memoryMiB, gpuCount }, factor) => {
            const cost = hourlyCostUsd(
              { cpuCores: cpuCores * factor, memoryMiB: memoryMiB * factor, gpuCount },
              prices,
            );
            expect(Number.isFinite(cost)).toBe(true);
            expect(cost).toBeGreaterThanOrEqual(0);
          },
        ),
      );
    });

    it('is never less for more, as long as a machine holds it', () => {
      fc.assert(
        fc.property(fc.constantFrom(...tables), request, request, (prices, a, b) => {
          const sum = {
            cpuCores: a.cpuCores + b.cpuCores,
            memoryMiB: a.memoryMiB + b.memoryMiB,
            gpuCount: a.gpuCount + b.gpuCount,
          };
          expect(hourlyCostUsd(sum, prices)).toBeGreaterThanOrEqual(
            hourlyCostUsd(a, prices) - 1e-12,
          );
        }),
      );
    });
  });
});

describe('knownCards', () => {
  it('lists cards with prices of their own and those inside machines', () => {
    expect(knownCards(SHAPES)).toEqual([
      { model: 'T4', memoryMiB: 16_384 },
      { model: 'V100', memoryMiB: 16_384 },
      { model: 'A10G', memoryMiB: 24_576 },
      { model: 'A100', memoryMiB: 40_960 },
    ]);
  });
});
