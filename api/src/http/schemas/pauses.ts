import Type, { type Static } from 'typebox';

import { FlowParameter, ProjectParameter, Time } from './common.ts';
import { DecisionFields } from './policies.ts';

export const PauseQuery = Type.Object(
  { project: ProjectParameter, flow: Type.Optional(FlowParameter) },
  { additionalProperties: false },
);

export const PauseBody = Type.Object(DecisionFields, {
  additionalProperties: false,
  description: 'Who pauses, and why.',
});
export type PauseBody = Static<typeof PauseBody>;

export const PauseList = Type.Object(
  {
    pauses: Type.Array(
      Type.Object(
        {
          flow: Type.Optional(Type.String({ description: 'Flow; absent: the whole project.' })),
          at: Time('Since when.'),
          actor: Type.String({ description: 'Who.' }),
          reason: Type.Optional(Type.String({ description: 'Why.' })),
        },
        { additionalProperties: false },
      ),
      { description: 'The project’s own first.' },
    ),
  },
  { additionalProperties: false, description: 'What is paused in a project.' },
);
export type PauseList = Static<typeof PauseList>;
