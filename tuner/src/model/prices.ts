import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

import example from '../prices/example-prices.json' with { type: 'json' };

function Price(description: string): Type.TNumber {
  return Type.Number({ minimum: 0, description });
}

function Size(description: string): Type.TNumber {
  return Type.Number({ exclusiveMinimum: 0, description });
}

/** A kind of GPU with a price of its own. */
export const GpuCard = Type.Object(
  {
    model: Type.String({ minLength: 1, description: 'Name of the card, as people know it.' }),
    memoryMiB: Size('Memory of one card as sold, MiB.'),
    hourUsd: Price('US dollars for one card for one hour.'),
  },
  { additionalProperties: false },
);
export type GpuCard = Static<typeof GpuCard>;

/** A machine that can be rented as a whole. */
export const Shape = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'What the provider calls it.' }),
    cpuCores: Size('vCPUs.'),
    memoryMiB: Size('Memory, MiB.'),
    gpuCount: Type.Optional(Type.Integer({ minimum: 0, description: 'Whole GPUs.' })),
    gpuModel: Type.Optional(Type.String({ minLength: 1, description: 'Kind of the GPUs.' })),
    gpuMemoryMiB: Type.Optional(Size('Memory of one of the GPUs as sold, MiB.')),
    hourUsd: Price('US dollars for the whole machine for one hour.'),
  },
  { additionalProperties: false },
);
export type Shape = Static<typeof Shape>;

/** Memory sizes that a number of cores may be combined with. */
export const SizeRow = Type.Object(
  {
    cpuCores: Size('Cores.'),
    memoryMinMiB: Size('Smallest memory with that many cores, MiB.'),
    memoryMaxMiB: Size('Largest memory with that many cores, MiB.'),
    memoryStepMiB: Size('Distance between two sizes, MiB.'),
  },
  { additionalProperties: false },
);
export type SizeRow = Static<typeof SizeRow>;

/** The only combinations of cores and memory that a backend takes; anything else is rounded up to one. */
export const SizeGrid = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'What the provider calls it.' }),
    rows: Type.Array(SizeRow, { minItems: 1, description: 'Valid combinations.' }),
    overheadMiB: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'Memory that the backend adds to a request before it is rounded up, MiB.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type SizeGrid = Static<typeof SizeGrid>;

export const BILLED_UNITS = ['task', 'node'] as const;
export type BilledUnit = (typeof BILLED_UNITS)[number];

/**
 * What a task costs. Linear prices, which every table has; with `shapes`, the machines that are rented
 * instead; with `grid`, the sizes that a task is rounded up to before the linear prices count.
 */
export const Prices = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Shown beside every amount of money.' }),
    source: Type.Optional(Type.String({ description: 'Where the amounts come from, and when.' })),
    currency: Type.Optional(
      Type.Literal('USD', { description: 'US dollars; convert other currencies first.' }),
    ),
    isExample: Type.Boolean({
      description: 'True: the amounts are no one’s bill, and reports say so.',
    }),
    billedUnit: Type.Optional(
      Type.Enum([...BILLED_UNITS], {
        description: '`task`: each task is billed by itself. `node`: tasks share machines.',
      }),
    ),
    cpuCoreHourUsd: Price('US dollars for one core for one hour.'),
    memoryGibHourUsd: Price('US dollars for one GiB for one hour.'),
    gpuHourUsd: Price('US dollars for one GPU for one hour, where its card has no price.'),
    gpuCards: Type.Optional(Type.Array(GpuCard, { description: 'Prices by kind of GPU.' })),
    shapes: Type.Optional(Type.Array(Shape, { description: 'Machines that are rented.' })),
    grid: Type.Optional(SizeGrid),
  },
  { additionalProperties: false },
);
export type Prices = Static<typeof Prices>;

/** Stand-in until a price table is given: no one's bill. */
export const EXAMPLE_PRICES: Prices = Value.Parse(Prices, example);
