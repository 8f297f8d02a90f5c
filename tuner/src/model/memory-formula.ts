import Type, { type Static } from 'typebox';

const factor = Type.Number({
  exclusiveMinimum: 0,
  description: 'What the prediction is multiplied by to be within the policy’s risk.',
});
const feature = Type.String({ description: 'Feature, known before the attempt starts.' });

/** Memory that follows a number: `(baseMiB + slopeMiB × feature) × factor`. */
export const LineFormula = Type.Object(
  {
    kind: Type.Literal('line', { description: 'A straight line over a number.' }),
    feature,
    baseMiB: Type.Number({ description: 'Predicted need where the feature is 0, MiB.' }),
    slopeMiB: Type.Number({ description: 'MiB for one more of the feature.' }),
    leastMiB: Type.Number({ description: 'The prediction is never below it, MiB.' }),
    from: Type.Number({ description: 'Smallest value of the feature seen.' }),
    to: Type.Number({ description: 'Largest value seen: beyond it the formula says nothing.' }),
    factor,
  },
  { additionalProperties: false },
);

/** Memory that goes with a label: `needsMiB[feature] × factor`. */
export const LabelFormula = Type.Object(
  {
    kind: Type.Literal('labels', { description: 'One need for each label.' }),
    feature,
    needsMiB: Type.Record(Type.String(), Type.Number(), {
      description: 'Largest need seen with each label, MiB; of others the formula says nothing.',
    }),
    factor,
  },
  { additionalProperties: false },
);

/** The memory of an attempt by one feature of it; docs/sizing.md says how it is proven. */
export const MemoryFormula = Type.Union([LineFormula, LabelFormula], {
  description:
    'Memory of the first attempt by what is known of the task; absent where none is proven.',
});
export type LineFormula = Static<typeof LineFormula>;
export type LabelFormula = Static<typeof LabelFormula>;
export type MemoryFormula = Static<typeof MemoryFormula>;
