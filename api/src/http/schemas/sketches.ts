import Type, { type Static } from 'typebox';

import { Amount, Count, FlowName, StepName } from './common.ts';

/** How the needs of a step's attempts are spread, in as many numbers whatever their count. */
export const NeedSketch = Type.Object(
  {
    flow: FlowName,
    step: StepName,
    attempts: Count('Attempts with a measured peak.'),
    minMiB: Amount('Smallest, MiB.'),
    maxMiB: Amount('Largest, MiB.'),
    firstBin: Type.Integer({ description: 'Bin of the first count: ⌊8 · log2(MiB)⌋.' }),
    counts: Type.Array(Type.Integer(), {
      description: 'Attempts in each bin from there on; a bin is a ninth wide (2^(1/8)).',
    }),
  },
  { additionalProperties: false },
);
export type NeedSketch = Static<typeof NeedSketch>;
