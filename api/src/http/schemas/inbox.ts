import { Resources, Savings, SUGGESTION_STATES } from '@stepfit/tuner/model/suggestion';
import Type, { type Static } from 'typebox';

import {
  Amount,
  Count,
  FlowName,
  FlowParameter,
  Name,
  ProjectParameter,
  StepName,
  Time,
} from './common.ts';

/** A suggestion as far as one decides on it in a list: without its evidence, which is large. */
export const InboxItem = Type.Object(
  {
    suggestionId: Type.String({ description: 'Stable id.' }),
    flow: FlowName,
    step: StepName,
    state: Type.Enum([...SUGGESTION_STATES], { description: 'Where it is in its life.' }),
    revision: Type.Integer({ minimum: 1, description: 'Counts its changes; the ETag.' }),
    createdAt: Time('When it was first proposed.'),
    updatedAt: Time('When it last changed.'),
    snoozedUntil: Type.Optional(Time('When it is proposed again.')),
    staleReason: Type.Optional(Type.String({ description: 'What speaks against it now.' })),
    effective: Resources,
    suggested: Resources,
    decoratorLine: Type.String({
      description: 'What to paste: the decorator line above the step, or options of `stepfit run`.',
    }),
    savings: Savings,
    runs: Count('Runs in the last 30 days.'),
    costUsd: Amount('What it would have freed in the last 30 days, US dollars.'),
    failures: Type.Optional(Count('Attempts that would have run out of memory (k).')),
    attempts: Type.Optional(Count('Attempts that memory rests on (n).')),
    upperBound: Type.Optional(Amount('Share of coming first attempts that fail is at most this.')),
  },
  { additionalProperties: false },
);
export type InboxItem = Static<typeof InboxItem>;

export const Inbox = Type.Object(
  {
    items: Type.Array(InboxItem, { description: 'By money, most first.' }),
    counts: Type.Record(Type.String(), Count('Suggestions in the state.'), {
      description: 'Suggestions by state, whatever the list is narrowed to.',
    }),
    omitted: Count('Left out because of `limit`.'),
  },
  { additionalProperties: false, description: 'Suggestions to decide on, by money.' },
);
export type Inbox = Static<typeof Inbox>;

export const InboxQuery = Type.Object(
  {
    project: ProjectParameter,
    flow: Type.Optional(FlowParameter),
    owner: Type.Optional(Name('Only steps of this owner.')),
    backend: Type.Optional(Name('Only suggestions meant for this backend.')),
    state: Type.Enum([...SUGGESTION_STATES], { default: 'proposed', description: 'State.' }),
    limit: Type.Integer({ default: 200, minimum: 1, maximum: 1000, description: 'Most items.' }),
  },
  { additionalProperties: false },
);
export type InboxQuery = Static<typeof InboxQuery>;
