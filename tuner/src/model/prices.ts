import Type, { type Static } from 'typebox';

/** Linear prices. Money is `cores × hours × cpuCoreHourUsd + GiB × hours × memoryGibHourUsd + …`. */
export const Prices = Type.Object(
  {
    name: Type.String({ description: 'Shown beside every amount of money.' }),
    isExample: Type.Boolean({
      description: 'True: the amounts are no one’s bill, and reports say so.',
    }),
    cpuCoreHourUsd: Type.Number({
      minimum: 0,
      description: 'US dollars for one core for one hour.',
    }),
    memoryGibHourUsd: Type.Number({
      minimum: 0,
      description: 'US dollars for one GiB for one hour.',
    }),
    gpuHourUsd: Type.Number({ minimum: 0, description: 'US dollars for one GPU for one hour.' }),
  },
  { additionalProperties: false },
);
export type Prices = Static<typeof Prices>;

/**
 * Stand-in until a price table is given. The order of magnitude is AWS Fargate's public Linux/x86 price
 * in us-east-1 (0.04048 a vCPU-hour, 0.004445 a GiB-hour); the GPU price is a round figure.
 */
export const EXAMPLE_PRICES: Prices = {
  name: 'example prices',
  isExample: true,
  cpuCoreHourUsd: 0.04048,
  memoryGibHourUsd: 0.004445,
  gpuHourUsd: 1,
};
