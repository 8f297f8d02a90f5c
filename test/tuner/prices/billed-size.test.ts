import type { SizeGrid } from '@stepfit/tuner/model/prices';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { billedSize, gridCores, type TaskSize } from '@stepfit/tuner/prices/billed-size';
import { hourlyCostUsd } from '@stepfit/tuner/prices/hourly-cost';
import { AWS_EKS_FARGATE, AWS_FARGATE } from '@stepfit/tuner/prices/size-grids';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Every valid size, written out. */
function allSizes({ rows }: SizeGrid): TaskSize[] {
  return rows.flatMap(({ cpuCores, memoryMinMiB, memoryMaxMiB, memoryStepMiB }) => {
    const sizes: TaskSize[] = [];
    for (let memoryMiB = memoryMinMiB; memoryMiB <= memoryMaxMiB; memoryMiB += memoryStepMiB) {
      sizes.push({ cpuCores, memoryMiB });
    }
    return sizes;
  });
}

const arbitraryRow = fc
  .record({
    cpuCores: fc.integer({ min: 1, max: 64 }).map((quarters) => quarters / 4),
    memoryMinMiB: fc.integer({ min: 1, max: 64 }).map((steps) => steps * 256),
    steps: fc.integer({ min: 0, max: 40 }),
    memoryStepMiB: fc.constantFrom(256, 512, 1024, 8192),
    rest: fc.integer({ min: 0, max: 255 }),
  })
  .map(({ cpuCores, memoryMinMiB, steps, memoryStepMiB, rest }) => ({
    cpuCores,
    memoryMinMiB,
    memoryMaxMiB: memoryMinMiB + steps * memoryStepMiB + rest,
    memoryStepMiB,
  }));
const arbitraryGrid = fc.oneof(
  fc.constant(AWS_FARGATE),
  fc.array(arbitraryRow, { minLength: 1, maxLength: 8 }).map((rows) => ({ name: 'any', rows })),
);
const arbitraryPrices = fc.record({
  cpuCoreHourUsd: fc.double({ min: 0, max: 1, noNaN: true }),
  memoryGibHourUsd: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('billedSize', () => {
  it.each([
    [
      { cpuCores: 0.25, memoryMiB: 100 },
      { cpuCores: 0.25, memoryMiB: 512 },
    ],
    [
      { cpuCores: 0.25, memoryMiB: 600 },
      { cpuCores: 0.25, memoryMiB: 1024 },
    ],
    [
      { cpuCores: 0.3, memoryMiB: 600 },
      { cpuCores: 0.5, memoryMiB: 1024 },
    ],
    [
      { cpuCores: 1, memoryMiB: 8192 },
      { cpuCores: 1, memoryMiB: 8192 },
    ],
    // More memory than one core may have: the next cores come with it.
    [
      { cpuCores: 1, memoryMiB: 8193 },
      { cpuCores: 2, memoryMiB: 9216 },
    ],
    [
      { cpuCores: 8, memoryMiB: 20_000 },
      { cpuCores: 8, memoryMiB: 20_480 },
    ],
    [
      { cpuCores: 8, memoryMiB: 61_441 },
      { cpuCores: 16, memoryMiB: 65_536 },
    ],
  ])('rounds %o up to Fargate’s %o', (need, size) => {
    expect(billedSize(need, AWS_FARGATE, EXAMPLE_PRICES)).toEqual(size);
  });

  it('is undefined beyond the largest size', () => {
    expect(
      billedSize({ cpuCores: 17, memoryMiB: 512 }, AWS_FARGATE, EXAMPLE_PRICES),
    ).toBeUndefined();
    expect(
      billedSize({ cpuCores: 1, memoryMiB: 122_881 }, AWS_FARGATE, EXAMPLE_PRICES),
    ).toBeUndefined();
  });

  it('is valid, covers the need, and nothing valid that covers it is cheaper', () => {
    const need = fc.record({
      cpuCores: fc.double({ min: 0, max: 18, noNaN: true }),
      memoryMiB: fc.double({ min: 0, max: 130_000, noNaN: true }),
    });
    fc.assert(
      fc.property(arbitraryGrid, arbitraryPrices, need, (grid, prices, asked) => {
        const covering = allSizes(grid).filter(
          (size) => size.cpuCores >= asked.cpuCores && size.memoryMiB >= asked.memoryMiB,
        );
        const size = billedSize(asked, grid, prices);
        expect(size === undefined).toBe(covering.length === 0);
        fc.pre(size !== undefined);
        expect(covering).toContainEqual(size);
        const costs = covering.map((one) => costOf(one, prices));
        expect(costOf(size, prices)).toBeLessThanOrEqual(Math.min(...costs) + 1e-12);
      }),
    );
  });

  it('leaves a valid size as it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...allSizes(AWS_FARGATE)), (size) => {
        expect(billedSize(size, AWS_FARGATE, EXAMPLE_PRICES)).toEqual(size);
      }),
    );
  });
});

function costOf(
  { cpuCores, memoryMiB }: TaskSize,
  prices: { cpuCoreHourUsd: number; memoryGibHourUsd: number },
): number {
  return cpuCores * prices.cpuCoreHourUsd + (memoryMiB / 1024) * prices.memoryGibHourUsd;
}

describe('the counts of a grid', () => {
  it('are listed once each', () => {
    expect(gridCores(AWS_FARGATE)).toEqual([0.25, 0.5, 1, 2, 4, 8, 16]);
  });
});

describe('a backend that adds memory of its own', () => {
  const eks = { ...EXAMPLE_PRICES, grid: AWS_EKS_FARGATE };

  it('leaves that much less of each size to ask for', () => {
    const size = billedSize({ cpuCores: 1, memoryMiB: 1700 }, AWS_EKS_FARGATE, EXAMPLE_PRICES);
    expect(size).toEqual({ cpuCores: 1, memoryMiB: 2048 - 257 });
    // Amazon's own example: 1 core and 8 GiB need 2 cores, since 1 core has 8 GiB at most.
    expect(billedSize({ cpuCores: 1, memoryMiB: 8192 }, AWS_EKS_FARGATE, EXAMPLE_PRICES)).toEqual({
      cpuCores: 2,
      memoryMiB: 9216 - 257,
    });
  });

  it('is paid for in whole sizes', () => {
    expect(hourlyCostUsd({ cpuCores: 1, memoryMiB: 1700 }, eks)).toBeCloseTo(
      0.04048 + 2 * 0.004445,
    );
  });

  it('takes what is suggested in decimal megabytes within the same size', () => {
    for (const { memoryMinMiB } of AWS_EKS_FARGATE.rows) {
      const askedMiB = memoryMinMiB - 257;
      const decimalMb = Math.ceil((askedMiB * 1_048_576) / 1_000_000);
      expect((decimalMb * 1_000_000) / 1_048_576 + 256).toBeLessThanOrEqual(memoryMinMiB);
    }
  });
});
