import { Policy, PolicyDocument } from '@stepfit/tuner/model/policy';
import { POLICY_SOURCES } from '@stepfit/tuner/policy/resolve-policy';
import Type, { type Static } from 'typebox';

import { FlowName, StepName, Time } from './common.ts';

export const Actor = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\u0000]+$',
  description:
    'Who says so. A token with a name says it instead; without one it is needed, and taken at its word.',
});

/** Who decides, and why: kept for whoever reads it later. */
export const DecisionFields = {
  actor: Type.Optional(Actor),
  reason: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 2000,
      pattern: '^[^\\u0000]+$',
      description: 'Why, in words.',
    }),
  ),
};

/** The condition of a write, as RFC 9110 has it. */
export const IfMatchHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 64,
      description: 'ETag of what was read; the write is refused if it has changed since.',
    }),
  ),
});

export const Policies = Type.Object(
  {
    revision: Type.Integer({ minimum: 0, description: 'Counts the changes; 0: none yet.' }),
    at: Type.Optional(Time('When it was changed last.')),
    actor: Type.Optional(Type.String({ description: 'Who changed it last.' })),
    reason: Type.Optional(Type.String({ description: 'Why.' })),
    ...PolicyDocument.properties,
  },
  { additionalProperties: false, description: 'All policies of a project.' },
);
export type Policies = Static<typeof Policies>;

export const PoliciesBody = Type.Object(
  { ...PolicyDocument.properties, ...DecisionFields },
  { additionalProperties: false, description: 'The policies to be in force, all of them.' },
);
export type PoliciesBody = Static<typeof PoliciesBody>;

const value = Type.Union([Type.Boolean(), Type.Number(), Type.String()], {
  description: 'Value of the field.',
});
const source = Type.Enum([...POLICY_SOURCES], {
  description: 'How specific the place is that says so.',
});
const scope = Type.String({ description: 'What that place is for; a glob for `exclude`.' });

export const StepPolicy = Type.Object(
  {
    flow: FlowName,
    step: StepName,
    policy: Policy,
    fields: Type.Array(
      Type.Object(
        {
          field: Type.String({ description: 'Field.' }),
          value,
          source,
          scope,
          overridden: Type.Array(
            Type.Object({ value, source, scope }, { additionalProperties: false }),
            {
              description: 'What it overrides, the most specific first.',
            },
          ),
        },
        { additionalProperties: false },
      ),
      { description: 'Every field with where its value comes from.' },
    ),
  },
  { additionalProperties: false, description: 'The policy of one step, explained.' },
);
export type StepPolicy = Static<typeof StepPolicy>;
