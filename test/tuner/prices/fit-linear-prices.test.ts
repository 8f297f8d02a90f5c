import { fitLinearPrices } from '@stepfit/tuner/prices/fit-linear-prices';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

function shape(cpuCores: number, memoryGib: number, gpuCount: number, hourUsd: number) {
  return {
    name: `${cpuCores}/${memoryGib}/${gpuCount}`,
    cpuCores,
    memoryMiB: memoryGib * 1024,
    gpuCount,
    hourUsd,
  };
}

describe('fitLinearPrices', () => {
  it('finds the prices that machines were made up from', () => {
    const price = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(price, price, price, (cpu, memory, gpu) => {
        const shapes = [
          [2, 4, 0],
          [2, 16, 0],
          [8, 32, 1],
          [64, 256, 8],
          [96, 384, 0],
        ].map(([c = 0, m = 0, g = 0]) => shape(c, m, g, c * cpu + m * memory + g * gpu));
        const fitted = fitLinearPrices(shapes);
        expect(Math.abs(fitted.cpuCoreHourUsd / cpu - 1)).toBeLessThan(0.02);
        expect(Math.abs(fitted.memoryGibHourUsd / memory - 1)).toBeLessThan(0.02);
        expect(Math.abs(fitted.gpuHourUsd / gpu - 1)).toBeLessThan(0.02);
      }),
    );
  });

  it('is never negative, whatever the machines cost, and near the price of a lone machine', () => {
    const size = fc.integer({ min: 1, max: 256 });
    const arbitrary = fc
      .tuple(
        size,
        size,
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: 0, max: 990_000 }).map((price) => price / 1e4),
      )
      .map(([cpu, memory, gpus, hourUsd]) => shape(cpu, memory, gpus, hourUsd));
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 12 }), (shapes) => {
        const prices = Object.values(fitLinearPrices(shapes));
        expect(prices.every((price) => Number.isFinite(price) && price >= 0)).toBe(true);
      }),
    );
    const lone = fitLinearPrices([shape(4, 16, 0, 0.2)]);
    expect(4 * lone.cpuCoreHourUsd + 16 * lone.memoryGibHourUsd).toBeCloseTo(0.2);
  });

  it('divides the price as the example does where the machines leave that open', () => {
    const fitted = fitLinearPrices([shape(2, 8, 0, 0.1), shape(4, 16, 0, 0.2)]);
    expect(2 * fitted.cpuCoreHourUsd + 8 * fitted.memoryGibHourUsd).toBeCloseTo(0.1);
    expect(fitted.cpuCoreHourUsd / fitted.memoryGibHourUsd).toBeCloseTo(0.04048 / 0.004445, 1);
  });

  it('has no price for what no machine has', () => {
    expect(fitLinearPrices([shape(2, 4, 0, 0.1), shape(2, 8, 0, 0.14)]).gpuHourUsd).toBe(0);
    expect(fitLinearPrices([])).toEqual({ cpuCoreHourUsd: 0, memoryGibHourUsd: 0, gpuHourUsd: 0 });
  });
});
