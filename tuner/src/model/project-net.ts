import Type from 'typebox';

import { FACT_COUNT } from '../quantile-net/attempt-facts.ts';
import { EMBEDDING_SIZE, LAYER_SIZES, type NetWeights } from '../quantile-net/net-weights.ts';

function Numbers(count: number, description: string): Type.TArray<Type.TNumber> {
  return Type.Array(Type.Number(), { minItems: count, maxItems: count, description });
}

function Layer(inputs: number, outputs: number) {
  return Type.Object(
    {
      weights: Numbers(inputs * outputs, 'A row of outputs for each input.'),
      biases: Numbers(outputs, 'One for each output.'),
    },
    { additionalProperties: false },
  );
}

const [INPUTS, FIRST, SECOND, OUTPUTS] = LAYER_SIZES;

const Weights = Type.Unsafe<NetWeights>(
  Type.Object(
    {
      version: Type.Literal(1, { description: 'Version of this form.' }),
      means: Numbers(FACT_COUNT, 'Mean of each fact.'),
      deviations: Numbers(FACT_COUNT, 'Deviation of each fact.'),
      steps: Type.Array(Type.String(), { description: 'Steps with numbers of their own.' }),
      embedding: Type.Array(Type.Number(), {
        minItems: EMBEDDING_SIZE,
        description: `${EMBEDDING_SIZE} numbers for a step that is not known, then for each of \`steps\`.`,
      }),
      layers: Type.Tuple([Layer(INPUTS, FIRST), Layer(FIRST, SECOND), Layer(SECOND, OUTPUTS)], {
        description: 'Input to output.',
      }),
    },
    { additionalProperties: false, description: 'The trained network.' },
  ),
);

/** A network trained on a project's attempts. */
export const ProjectNet = Type.Object(
  {
    learntUntilMs: Type.Number({
      description:
        'End of the newest attempt that it learnt from, ms since 1970: it may speak of later ones.',
    }),
    weights: Weights,
  },
  { additionalProperties: false, description: 'A network trained on the project’s attempts.' },
);
export type ProjectNet = Type.Static<typeof ProjectNet>;
