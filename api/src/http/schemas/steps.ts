import { Policy } from '@stepfit/tuner/model/policy';
import { Resources, Suggestion } from '@stepfit/tuner/model/suggestion';
import Type, { type Static } from 'typebox';

import { Attempt } from './attempts.ts';
import {
  Count,
  FlowName,
  FlowParameter,
  NextCursor,
  PageCursor,
  PageLimit,
  ProjectParameter,
  StepName,
  Time,
} from './common.ts';
import { SkipView } from './report.ts';

export const Step = Type.Object(
  {
    flow: FlowName,
    step: StepName,
    firstSeenAt: Time('When the collector first heard of it.'),
    lastAttemptAt: Type.Optional(Time('When its newest attempt ended.')),
    settledAttempts: Count('Attempts that have ended and been counted.'),
    tunedAt: Type.Optional(Time('When the tuner last looked at it.')),
    tuneDue: Type.Boolean({ description: 'True: the tuner is about to look at it again.' }),
    suggestionId: Type.Optional(Type.String({ description: 'Its current suggestion.' })),
    skip: Type.Optional(SkipView),
  },
  { additionalProperties: false },
);
export type Step = Static<typeof Step>;

export const StepListQuery = Type.Object(
  {
    project: ProjectParameter,
    flow: Type.Optional(FlowParameter),
    limit: PageLimit,
    cursor: Type.Optional(PageCursor),
  },
  { additionalProperties: false },
);
export type StepListQuery = Static<typeof StepListQuery>;

export const StepList = Type.Object(
  {
    steps: Type.Array(Step, { description: 'By flow and step.' }),
    nextCursor: Type.Optional(NextCursor),
  },
  { additionalProperties: false, description: 'One page of steps.' },
);
export type StepList = Static<typeof StepList>;

/** Everything known about one step: the tuner’s word, its proof, and what it rests on. */
export const StepExplanation = Type.Object(
  {
    ...Step.properties,
    current: Resources,
    suggestion: Type.Optional(Suggestion),
    policy: Policy,
    recentAttempts: Type.Array(Attempt, { description: 'Newest attempts, at most 20.' }),
    prices: Type.Object(
      {
        name: Type.String({ description: 'Name of the price table.' }),
        isExample: Type.Boolean({ description: 'True: the amounts are no one’s bill.' }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false, description: 'One step with everything known about it.' },
);
export type StepExplanation = Static<typeof StepExplanation>;
