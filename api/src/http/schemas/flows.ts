import { Resources } from '@stepfit/tuner/model/suggestion';
import Type, { type Static } from 'typebox';

import { Amount, Count, FlowName, FlowParameter, ProjectName, StepName, Time } from './common.ts';
import { ReportQuery, ReportRow } from './report.ts';

/** Five numbers that draw a box: each is an attempt that took place (nearest rank). */
export const Box = Type.Object(
  {
    attempts: Count('Attempts it is drawn from.'),
    min: Amount('Smallest.'),
    lower: Amount('A quarter is below.'),
    median: Amount('Half are below.'),
    upper: Amount('Three quarters are below.'),
    max: Amount('Largest.'),
    maxAttemptId: Type.String({ description: 'The attempt that showed the largest.' }),
  },
  { additionalProperties: false },
);
export type Box = Static<typeof Box>;

export const FlowStep = Type.Object(
  {
    step: StepName,
    parents: Type.Optional(
      Type.Array(Type.String(), { description: 'Steps it follows; absent where nobody said.' }),
    ),
    current: Resources,
    backend: Type.Optional(Type.String({ description: 'Backend of the newest attempt.' })),
    report: Type.Optional(ReportRow),
    memoryMiB: Type.Optional(Box),
    cpuCores: Type.Optional(Box),
    durationMs: Type.Optional(Box),
  },
  { additionalProperties: false },
);
export type FlowStep = Static<typeof FlowStep>;

export const FlowRun = Type.Object(
  {
    run: Type.String({ description: 'Run.' }),
    startedAt: Time('Start of its first attempt.'),
    endedAt: Type.Optional(Time('End of its last; absent while one runs.')),
    attempts: Count('Attempts, as far as the newest of each step go.'),
    running: Count('Attempts that have not ended.'),
    failed: Count('Attempts that failed, timed out or were lost.'),
    oom: Count('Attempts that ran out of memory.'),
    requestedGibHours: Amount('Memory requested, GiB-hours.'),
    neededGibHours: Amount('Memory needed, GiB-hours.'),
    requestedCoreHours: Amount('Cores requested, core-hours.'),
    usedCoreHours: Amount('Cores used, core-hours.'),
  },
  { additionalProperties: false },
);
export type FlowRun = Static<typeof FlowRun>;

export const Flow = Type.Object(
  {
    project: ProjectName,
    flow: FlowName,
    hasGraph: Type.Boolean({
      description: 'True: every step says what it follows, so the graph can be drawn.',
    }),
    attemptsPerStep: Count('Newest attempts of each step that boxes and runs are drawn from.'),
    steps: Type.Array(FlowStep, { description: 'In the order in which they start.' }),
    runs: Type.Array(FlowRun, { description: 'Newest first, at most 50.' }),
  },
  { additionalProperties: false, description: 'A flow: its steps, how they differ, its runs.' },
);
export type Flow = Static<typeof Flow>;

const { project, days } = ReportQuery.properties;
export const FlowQuery = Type.Object({ project, days }, { additionalProperties: false });

export const FlowParams = Type.Object({ flow: FlowParameter }, { additionalProperties: false });
