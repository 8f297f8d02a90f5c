import Type from 'typebox';

/** The tuner's last word on a step, by name: whoever comes to the same word comes to the same id. */
export const StoredVerdict = Type.Object(
  {
    verdictId: Type.String({
      description: 'SHA-256 of the verdict’s JSON with sorted keys, 32 hexadecimal digits.',
    }),
    at: Type.String({ format: 'date-time', description: 'When the tuner came to it.' }),
    isPending: Type.Boolean({
      description: 'True: something has come since, and the tuner is about to look again.',
    }),
  },
  { additionalProperties: false, description: 'The tuner’s last word on the step.' },
);
export type StoredVerdict = Type.Static<typeof StoredVerdict>;
