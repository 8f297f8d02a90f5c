import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { parsePriceTable } from '@stepfit/tuner/prices/parse-price-table';
import { AWS_FARGATE } from '@stepfit/tuner/prices/size-grids';
import { describe, expect, it } from 'vitest';

const LINEAR = { name: 'ours', isExample: false, cpuCoreHourUsd: 0.04, memoryGibHourUsd: 0.005 };
const SHAPE = { name: 'm5.large', cpuCores: 2, memoryMiB: 8192, hourUsd: 0.096 };

describe('parsePriceTable', () => {
  it('takes linear prices alone; GPUs then cost nothing', () => {
    expect(parsePriceTable(LINEAR, 'a file')).toEqual({ ...LINEAR, gpuHourUsd: 0 });
  });

  it('takes machines alone, and finds the linear prices nearest to them', () => {
    const prices = parsePriceTable({ name: 'ours', isExample: false, shapes: [SHAPE] }, 'a file');
    expect(2 * prices.cpuCoreHourUsd + 8 * prices.memoryGibHourUsd).toBeCloseTo(0.096);
  });

  it('knows Fargate’s sizes by name, and takes others as a list', () => {
    expect(parsePriceTable({ ...LINEAR, grid: 'aws-fargate' }, 'a file').grid).toBe(AWS_FARGATE);
    const grid = {
      name: 'ours',
      rows: [{ cpuCores: 1, memoryMinMiB: 1024, memoryMaxMiB: 4096, memoryStepMiB: 1024 }],
    };
    expect(parsePriceTable({ ...LINEAR, grid }, 'a file').grid).toEqual(grid);
  });

  it.each([
    ['no prices at all', { name: 'x', isExample: false }, 'it needs cpuCoreHourUsd'],
    ['a negative price', { ...LINEAR, cpuCoreHourUsd: -1 }, 'cpuCoreHourUsd must'],
    ['a misspelt field', { ...LINEAR, cpuPrice: 1 }, 'no such field: cpuPrice'],
    ['another currency', { ...LINEAR, currency: 'EUR' }, 'currency must'],
    ['a grid nobody knows', { ...LINEAR, grid: 'fargate' }, 'grid must'],
    ['a grid and machines', { ...LINEAR, grid: 'aws-fargate', shapes: [SHAPE] }, 'exclude'],
    ['a machine twice', { ...LINEAR, shapes: [SHAPE, SHAPE] }, 'm5.large is there twice'],
    [
      'a machine without cores',
      { ...LINEAR, shapes: [{ ...SHAPE, cpuCores: 0 }] },
      'shapes.0.cpuCores must',
    ],
    [
      'a grid’s row upside down',
      {
        ...LINEAR,
        grid: {
          name: 'ours',
          rows: [{ cpuCores: 1, memoryMinMiB: 2048, memoryMaxMiB: 1024, memoryStepMiB: 1024 }],
        },
      },
      'memoryMaxMiB below memoryMinMiB',
    ],
    ['a list', [], 'it must be object'],
  ])('refuses %s by name', (_what, table, complaint) => {
    expect(() => parsePriceTable(table, 'prices.json')).toThrow(complaint);
    expect(() => parsePriceTable(table, 'prices.json')).toThrow(
      /^The price table prices\.json is not valid/,
    );
  });
});

describe('the example that the repository ships', () => {
  it('is a table, says that it is no one’s bill, and where it comes from', () => {
    expect(parsePriceTable({ ...EXAMPLE_PRICES }, 'the example')).toEqual(EXAMPLE_PRICES);
    expect(EXAMPLE_PRICES).toMatchObject({ isExample: true, currency: 'USD' });
    expect(EXAMPLE_PRICES.source).not.toBe('');
  });
});
