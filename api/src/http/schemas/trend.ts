import Type, { type Static } from 'typebox';

import { Amount, Count, ProjectName } from './common.ts';

export const TrendDay = Type.Object(
  {
    day: Type.String({ description: 'UTC day, `YYYY-MM-DD`.' }),
    attempts: Count('Attempts that ended on it.'),
    oom: Count('Of those, attempts that ran out of memory.'),
    requestedGibHours: Amount('Memory requested, GiB-hours.'),
    wastedGibHours: Amount('Memory requested beyond the need, GiB-hours.'),
    requestedCoreHours: Amount('Cores requested, core-hours.'),
    wastedCoreHours: Amount('Cores requested and not used, core-hours.'),
    requestedGpuHours: Amount('GPUs requested, GPU-hours.'),
    idleGpuHours: Amount('GPUs requested and not busy, GPU-hours.'),
    requestedCostUsd: Amount('Price of what was requested, US dollars.'),
    wastedCostUsd: Amount('Price of what was requested and not needed, US dollars.'),
  },
  { additionalProperties: false },
);
export type TrendDay = Static<typeof TrendDay>;

export const Trend = Type.Object(
  {
    project: ProjectName,
    days: Type.Array(TrendDay, {
      description: 'Every day of the window in order, those without attempts included.',
    }),
  },
  { additionalProperties: false, description: 'Requested and not needed, by day.' },
);
export type Trend = Static<typeof Trend>;

/** What a filter can be set to. */
export const Facets = Type.Object(
  {
    projects: Type.Array(Type.String(), { description: 'Projects there are.' }),
    flows: Type.Array(Type.String(), { description: 'Flows of the project.' }),
    owners: Type.Array(Type.String(), { description: 'Owners of the project’s flows.' }),
    backends: Type.Array(Type.String(), { description: 'Where its steps run.' }),
  },
  { additionalProperties: false, description: 'What filters can be set to, each by name.' },
);
export type Facets = Static<typeof Facets>;
