import { Resources } from '@stepfit/tuner/model/suggestion';
import Type, { type Static } from 'typebox';

import {
  Amount,
  Count,
  FlowName,
  FlowParameter,
  Name,
  ProjectName,
  ProjectParameter,
  StepName,
  Time,
} from './common.ts';

/** What was asked for, what of it was needed, and what the difference costs. */
const amounts = {
  durationHours: Amount('Running time, hours.'),
  requestedGibHours: Amount('Memory requested, GiB-hours.'),
  neededGibHours: Amount('Memory needed: peak times running time, GiB-hours.'),
  wastedGibHours: Amount('Memory requested beyond the need, GiB-hours.'),
  requestedCoreHours: Amount('Cores requested, core-hours.'),
  usedCoreHours: Amount('Cores used, core-hours.'),
  wastedCoreHours: Amount('Cores requested and not used, core-hours.'),
  requestedGpuHours: Amount('GPUs requested, GPU-hours.'),
  busyGpuHours: Amount('GPUs busy: utilisation times running time, GPU-hours.'),
  idleGpuHours: Amount('GPUs requested and not busy, GPU-hours.'),
  requestedCostUsd: Amount('Price of what was requested, US dollars.'),
  wastedCostUsd: Amount('Price of what was requested and not needed, US dollars.'),
};

export const Amounts = Type.Object(amounts, { additionalProperties: false });
export type Amounts = Static<typeof Amounts>;

const counts = {
  attempts: Count('Attempts that ended in the window.'),
  runs: Count('Runs they belong to; a run that spans midnight UTC counts once a day.'),
  succeeded: Count('Attempts that succeeded or came from a cache.'),
  failed: Count('Attempts that failed or timed out.'),
  oom: Count('Attempts that ran out of memory.'),
  lost: Count('Attempts that stopped reporting.'),
};

export const SkipView = Type.Object(
  {
    code: Type.String({ description: 'Skip reason; see `docs/suggestions.md`.' }),
    detail: Type.String({ description: 'The reason in one sentence, with numbers.' }),
  },
  { additionalProperties: false },
);
export type SkipView = Static<typeof SkipView>;

export const ReportRow = Type.Object(
  {
    flow: FlowName,
    step: StepName,
    ...counts,
    ...amounts,
    peakMemoryMiB: Type.Optional(Amount('Highest need of any attempt in the window, MiB.')),
    peakCores: Type.Optional(Amount('Most cores used at once in the window.')),
    backend: Type.Optional(Type.String({ description: 'Backend of the newest attempt.' })),
    current: Resources,
    suggestion: Type.Optional(
      Type.Object(
        {
          suggestionId: Type.String({ description: 'Stable id.' }),
          state: Type.String({ description: 'Where it is in its life.' }),
          suggested: Resources,
          decoratorLine: Type.String({
            description:
              'What to paste: the decorator line above the step, or options of `stepfit run`.',
          }),
          isByFeatures: Type.Boolean({
            description:
              'True where the request stays, and launching sizes each task by its features.',
          }),
          costShare: Amount('Share of the step’s cost that is freed, 0 to 1.'),
        },
        { additionalProperties: false, description: 'The current suggestion, where there is one.' },
      ),
    ),
    skip: Type.Optional(SkipView),
  },
  { additionalProperties: false },
);
export type ReportRow = Static<typeof ReportRow>;

export const Report = Type.Object(
  {
    project: ProjectName,
    flow: Type.Optional(FlowName),
    generatedAt: Time('When the report was made.'),
    days: Type.Integer({ minimum: 1, description: 'Length of the window, days.' }),
    sinceDay: Type.String({ description: 'First UTC day of the window, `YYYY-MM-DD`.' }),
    prices: Type.Object(
      {
        name: Type.String({ description: 'Name of the price table.' }),
        isExample: Type.Boolean({ description: 'True: the amounts are no one’s bill.' }),
      },
      { additionalProperties: false },
    ),
    totals: Type.Object(
      { flows: Count('Flows.'), steps: Count('Steps.'), ...counts, ...amounts },
      { additionalProperties: false, description: 'Over every step, listed below or not.' },
    ),
    steps: Type.Array(ReportRow, { description: 'Worst first by money wasted.' }),
    omittedSteps: Count('Steps left out because of `limit`.'),
  },
  { additionalProperties: false, description: 'The over-provisioning report.' },
);
export type Report = Static<typeof Report>;

/** A year: what roll-ups are kept for at the least. */
const MAX_DAYS = 366;

/** More are no report that anybody reads; totals count them all the same. */
export const MOST_STEPS = 10_000;

export const ReportQuery = Type.Object(
  {
    project: ProjectParameter,
    flow: Type.Optional(FlowParameter),
    backend: Type.Optional(Name('Only steps whose newest attempt ran there.')),
    owner: Type.Optional(Name('Only steps of this owner.')),
    days: Type.Integer({
      default: 30,
      minimum: 1,
      maximum: MAX_DAYS,
      description: 'Length of the window, days; today counts as one.',
    }),
    limit: Type.Integer({
      default: 200,
      minimum: 1,
      maximum: MOST_STEPS,
      description: 'Most steps to list.',
    }),
  },
  { additionalProperties: false },
);
export type ReportQuery = Static<typeof ReportQuery>;

const { limit: _limit, ...windowOnly } = ReportQuery.properties;
/** The window and the filters alone. */
export const TrendQuery = Type.Object(windowOnly, { additionalProperties: false });
export type TrendQuery = Static<typeof TrendQuery>;
