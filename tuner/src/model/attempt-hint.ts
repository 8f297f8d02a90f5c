import { HINT_ARMS, HINT_RUNGS, HINT_SIZINGS } from '@stepfit/sdk-plugin/contract/attributes';
import Type, { type Static } from 'typebox';

import { Resources } from './suggestion.ts';

/** What launching did to an attempt's request by a suggestion. */
export const AttemptHint = Type.Object(
  {
    suggestionId: Type.String({ description: 'Suggestion it was for.' }),
    arm: Type.Enum([...HINT_ARMS], {
      description: '`hinted`: it got the suggestion’s values. `control`: its own, to compare.',
    }),
    rung: Type.Enum([...HINT_RUNGS], { description: 'Which value of the plan it got.' }),
    sizedBy: Type.Enum([...HINT_SIZINGS], {
      description: '`features`: its first value came from what was known of the task.',
    }),
    before: Resources,
    applied: Type.Optional(Resources),
  },
  {
    additionalProperties: false,
    description:
      'What launching did to the request: `before` would have been asked for without it, `applied` was.',
  },
);
export type AttemptHint = Static<typeof AttemptHint>;
