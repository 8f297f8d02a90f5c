import { Suggestion, SUGGESTION_STATES } from '@stepfit/tuner/model/suggestion';
import Type, { type Static } from 'typebox';

import {
  FlowParameter,
  Name,
  NextCursor,
  PageCursor,
  PageLimit,
  ProjectParameter,
  StepParameter,
} from './common.ts';

export const SuggestionListQuery = Type.Object(
  {
    project: ProjectParameter,
    flow: Type.Optional(FlowParameter),
    step: Type.Optional(StepParameter),
    state: Type.Optional(
      Type.Enum([...SUGGESTION_STATES], { description: 'State; any where absent.' }),
    ),
    limit: PageLimit,
    cursor: Type.Optional(PageCursor),
  },
  { additionalProperties: false },
);
export type SuggestionListQuery = Static<typeof SuggestionListQuery>;

export const SuggestionList = Type.Object(
  {
    suggestions: Type.Array(Suggestion, { description: 'Newest first.' }),
    nextCursor: Type.Optional(NextCursor),
  },
  { additionalProperties: false, description: 'One page of suggestions.' },
);
export type SuggestionList = Static<typeof SuggestionList>;

export const SuggestionParams = Type.Object(
  { suggestionId: Name('Stable id.') },
  { additionalProperties: false },
);
