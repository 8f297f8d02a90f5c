import Type, { type Static } from 'typebox';

import { ROLES } from '../../serve/roles.ts';
import { Count, Time } from './common.ts';

export const System = Type.Object(
  {
    version: Type.String({ description: 'Version of StepFit.' }),
    now: Time('The server’s clock.'),
    startedAt: Time('When this process started.'),
    store: Type.Enum(['pglite', 'postgres'], { description: 'Kind of store.' }),
    roles: Type.Array(Type.Enum([...ROLES]), { description: 'What this process does.' }),
    attempts: Type.Object(
      {
        settled: Count('Attempts that have ended and been counted.'),
        running: Count('Attempts that have not ended.'),
        unsettled: Count('Attempts that ended and wait to be counted.'),
        endedLastHour: Count('Attempts that ended in the last hour.'),
        lastEndedAt: Type.Optional(Time('When the newest counted attempt ended.')),
      },
      { additionalProperties: false },
    ),
    storage: Type.Optional(
      Type.Object(
        {
          bytes: Count('Size of the database, bytes.'),
          retentionDays: Count('Days that usage series are kept.'),
        },
        { additionalProperties: false },
      ),
    ),
    steps: Type.Object(
      {
        total: Count('Steps ever seen.'),
        tuneDue: Count('Steps that wait for the tuner.'),
        withSuggestion: Count('Steps with a proposed suggestion.'),
        skipped: Count('Steps without a suggestion, for a stated reason.'),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false, description: 'What the server is and how far it has worked.' },
);
export type System = Static<typeof System>;

export const Health = Type.Object(
  { status: Type.Enum(['ok'], { description: 'Always `ok` with a 200.' }) },
  { additionalProperties: false, description: 'All is well.' },
);
