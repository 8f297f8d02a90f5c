import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

import { Prices, SizeGrid } from '../model/prices.ts';
import { fitLinearPrices } from './fit-linear-prices.ts';
import { SIZE_GRIDS } from './size-grids.ts';

const { cpuCoreHourUsd, memoryGibHourUsd, gpuHourUsd, ...optional } = Prices.properties;

/**
 * A price table as a file has it: linear prices may be left out where shapes are given, and a grid may be
 * named instead of listed.
 */
export const PriceTable = Type.Object(
  {
    ...optional,
    cpuCoreHourUsd: Type.Optional(cpuCoreHourUsd),
    memoryGibHourUsd: Type.Optional(memoryGibHourUsd),
    gpuHourUsd: Type.Optional(gpuHourUsd),
    grid: Type.Optional(
      Type.Union([Type.Enum(Object.keys(SIZE_GRIDS) as (keyof typeof SIZE_GRIDS)[]), SizeGrid]),
    ),
  },
  { additionalProperties: false },
);
export type PriceTable = Static<typeof PriceTable>;

/**
 * Checks a price table and fills in what it leaves out: linear prices that come nearest to its shapes, and
 * the sizes of the grid that it names.
 *
 * @param origin Where it came from, for the complaint.
 * @throws {StepfitError} `invalid-input`, with the field that is wrong.
 */
export function parsePriceTable(table: unknown, origin: string): Prices {
  if (!Value.Check(PriceTable, table)) throw invalid(origin, firstError(table));
  const { grid, ...rest } = table;
  const problem = contradiction(table);
  if (problem !== undefined) throw invalid(origin, problem);
  const fitted = fitLinearPrices(table.shapes ?? []);
  return {
    ...rest,
    cpuCoreHourUsd: table.cpuCoreHourUsd ?? fitted.cpuCoreHourUsd,
    memoryGibHourUsd: table.memoryGibHourUsd ?? fitted.memoryGibHourUsd,
    gpuHourUsd: table.gpuHourUsd ?? fitted.gpuHourUsd,
    ...(grid === undefined ? {} : { grid: typeof grid === 'string' ? SIZE_GRIDS[grid] : grid }),
  };
}

function contradiction(table: PriceTable): string | undefined {
  const { shapes = [], grid } = table;
  const hasLinear = table.cpuCoreHourUsd !== undefined && table.memoryGibHourUsd !== undefined;
  if (!hasLinear && shapes.length === 0) {
    return 'it needs cpuCoreHourUsd and memoryGibHourUsd, or shapes';
  }
  if (grid !== undefined && shapes.length > 0) {
    return 'grid and shapes exclude each other, since a task is billed by one or the other';
  }
  const names = shapes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) return `the shape ${twice} is there twice`;
  if (grid === undefined || typeof grid === 'string') return undefined;
  const bad = grid.rows.find(({ memoryMinMiB, memoryMaxMiB }) => memoryMaxMiB < memoryMinMiB);
  return bad === undefined
    ? undefined
    : `the grid's row of ${bad.cpuCores} cores has memoryMaxMiB below memoryMinMiB`;
}

function firstError(table: unknown): string {
  const [error] = Value.Errors(PriceTable, table);
  if (error === undefined) return 'it is not one';
  const field = error.instancePath.slice(1).replaceAll('/', '.');
  // The schema of a field that the table does not have is `false`, which says nothing to people.
  if (error.keyword === 'boolean') return `it has no such field: ${field}`;
  return `${field === '' ? 'it' : field} ${error.message}`;
}

function invalid(origin: string, reason: string): StepfitError {
  return new StepfitError('invalid-input', `The price table ${origin} is not valid: ${reason}.`, {
    hint: 'docs/prices.md shows what a table has.',
  });
}
