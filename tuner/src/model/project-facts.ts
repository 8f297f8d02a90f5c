import Type, { type Static } from 'typebox';

/** Attempts of a project or of a step, summed up. */
export const Spending = Type.Object(
  {
    attempts: Type.Number({ minimum: 0, description: 'Attempts.' }),
    needHours: Type.Number({
      minimum: 0,
      description: 'Need × running time, MiB-hours (in benchmarks: in the unit of the needs).',
    }),
    hours: Type.Number({ minimum: 0, description: 'Running time, hours.' }),
  },
  { additionalProperties: false },
);
export type Spending = Static<typeof Spending>;

/** What a project's other steps tell about a step. */
export const ProjectFacts = Type.Object(
  {
    spending: Spending,
    surprises: Type.Array(Type.Number({ exclusiveMinimum: 1 }), {
      description:
        'How far needs went beyond all that a step had shown before: new largest need over the largest before, ascending.',
    }),
    needRatios: Type.Optional(
      Type.Object(
        {
          memory: Type.Array(Type.Number(), { description: 'Of memory, in no order.' }),
          cores: Type.Array(Type.Number(), { description: 'Of cores, in no order.' }),
        },
        {
          additionalProperties: false,
          description: 'Largest need over the most asked for, one for each step that has shown it.',
        },
      ),
    ),
  },
  { additionalProperties: false },
);
export type ProjectFacts = Static<typeof ProjectFacts>;
