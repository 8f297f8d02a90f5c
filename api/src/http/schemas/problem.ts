import Type, { type Static } from 'typebox';

/** RFC 9457 problem details. `code` is stable; `detail` and `hint` are for people. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: '`urn:stepfit:error:` and the code.' }),
    title: Type.String({ description: 'The kind of problem, the same for every occurrence.' }),
    status: Type.Integer({ description: 'HTTP status.' }),
    code: Type.String({ description: 'Stable error code; see `docs/errors.md`.' }),
    detail: Type.String({ description: 'What happened and where.' }),
    hint: Type.Optional(Type.String({ description: 'What to do next.' })),
    instance: Type.String({ description: 'Id of the request, as in the server’s log.' }),
  },
  {
    $id: 'Problem',
    additionalProperties: false,
    description: 'What went wrong, as RFC 9457 problem details.',
  },
);
export type Problem = Static<typeof Problem>;

/** Every route may answer with these. */
export const PROBLEM_RESPONSES = { '4xx': Type.Ref('Problem'), '5xx': Type.Ref('Problem') };
