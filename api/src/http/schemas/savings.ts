import Type, { type Static } from 'typebox';

import { FlowParameter, ProjectParameter } from './common.ts';

export const SavingsQuery = Type.Object(
  {
    project: ProjectParameter,
    flow: Type.Optional(FlowParameter),
    days: Type.Integer({
      default: 90,
      minimum: 1,
      maximum: 3660,
      description: 'Length of the window that ends now, days.',
    }),
  },
  { additionalProperties: false },
);
export type SavingsQuery = Static<typeof SavingsQuery>;
