import Type, { type Static } from 'typebox';

import { Count, Time } from './common.ts';

/** How a project stands: when any of it has changed, what was read before is old. */
export const LiveState = Type.Object(
  {
    running: Count('Attempts that have not ended.'),
    settled: Count('Attempts that have ended and been counted.'),
    lastSeenAt: Type.Optional(Time('When a running attempt was last heard of.')),
    tunedAt: Type.Optional(Time('When the tuner last gave its word on a step.')),
    suggestedAt: Type.Optional(Time('When a suggestion last changed.')),
  },
  { additionalProperties: false },
);
export type LiveState = Static<typeof LiveState>;
