import { Suggestion, SUGGESTION_STATES } from '@stepfit/tuner/model/suggestion';
import Type, { type Static } from 'typebox';

import { FlowName, NextCursor, PageCursor, PageLimit, ProjectName, StepName } from './common.ts';

export const SuggestionListQuery = Type.Object(
  {
    project: ProjectName,
    flow: Type.Optional(FlowName),
    step: Type.Optional(StepName),
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
  { additionalProperties: false },
);
export type SuggestionList = Static<typeof SuggestionList>;

export const SuggestionParams = Type.Object(
  { suggestionId: Type.String({ minLength: 1, maxLength: 128, description: 'Stable id.' }) },
  { additionalProperties: false },
);
