import { DECISIONS } from '@stepfit/tuner/lifecycle/decide-suggestion';
import { SuggestionEventRecord } from '@stepfit/tuner/model/suggestion';
import Type, { type Static } from 'typebox';

import { Time } from './common.ts';
import { DecisionFields } from './policies.ts';

export const DecisionBody = Type.Object(
  {
    event: Type.Enum([...DECISIONS], { description: 'What is decided.' }),
    ...DecisionFields,
    until: Type.Optional(Time('With `snooze`: when it is proposed again.')),
  },
  { additionalProperties: false, description: 'A decision about a suggestion.' },
);
export type DecisionBody = Static<typeof DecisionBody>;

export const SuggestionEvents = Type.Object(
  { events: Type.Array(SuggestionEventRecord, { description: 'Oldest first.' }) },
  { additionalProperties: false, description: 'What happened to a suggestion.' },
);
export type SuggestionEvents = Static<typeof SuggestionEvents>;
