import { OUTCOMES } from '@stepfit/sdk-plugin/contract/attributes';
import { AttemptHint } from '@stepfit/tuner/model/attempt-hint';
import { Resources } from '@stepfit/tuner/model/suggestion';
import Type, { type Static } from 'typebox';

import {
  Amount,
  Count,
  FlowName,
  FlowParameter,
  Name,
  NextCursor,
  PageCursor,
  PageLimit,
  ProjectParameter,
  StepName,
  StepParameter,
  Time,
} from './common.ts';

export const Attempt = Type.Object(
  {
    attemptId: Type.String({ description: 'Stable id.' }),
    flow: FlowName,
    run: Type.String({ description: 'Run.' }),
    step: StepName,
    task: Type.String({ description: 'Task.' }),
    attempt: Count('Attempt number, 0 first.'),
    startedAt: Time('Start, the attempt’s clock.'),
    endedAt: Type.Optional(Time('End; absent while it runs.')),
    lastSeenAt: Time('When the collector last heard of it, the collector’s clock.'),
    durationMs: Type.Optional(Amount('Running time, ms.')),
    outcome: Type.Optional(
      Type.Enum([...OUTCOMES], { description: 'How it ended; absent while it runs.' }),
    ),
    outcomeSource: Type.Optional(
      Type.Enum(['reported', 'inferred'], { description: 'Who says so: the sampler or silence.' }),
    ),
    outcomeEvidence: Type.Optional(Type.String({ description: 'Why this outcome is believed.' })),
    exitCode: Type.Optional(Type.Integer({ description: 'Exit code, where one was seen.' })),
    exceptionType: Type.Optional(
      Type.String({ description: 'Type of the exception that ended it.' }),
    ),
    declared: Resources,
    request: Resources,
    hint: Type.Optional(AttemptHint),
    limitMemoryMiB: Type.Optional(Amount('Memory that the backend enforced, MiB.')),
    limitCpuCores: Type.Optional(Amount('Cores that the backend held it to (CPU quota).')),
    backend: Type.Optional(Type.String({ description: 'Where it ran.' })),
    qos: Type.Optional(Type.String({ description: 'Quality of service class.' })),
    codeVersion: Type.Optional(Type.String({ description: 'Version of the step’s code.' })),
    revision: Type.Optional(Type.String({ description: 'Commit that its run was started from.' })),
    branch: Type.Optional(Type.String({ description: 'Branch that its run was started from.' })),
    hostName: Type.Optional(Type.String({ description: 'Machine it ran on.' })),
    hostCpuCores: Type.Optional(Count('Cores of the machine that it could run on.')),
    hostMemoryMiB: Type.Optional(Amount('Memory of the machine, MiB.')),
    samplerVersion: Type.Optional(Type.String({ description: 'Sampler that measured it.' })),
    features: Type.Record(
      Type.String(),
      Type.Union([Type.Number(), Type.String(), Type.Boolean()]),
      { description: 'Facts known before it started.' },
    ),
    peakMemoryMiB: Type.Optional(Amount('Highest need seen, MiB.')),
    peakMemorySource: Type.Optional(Type.String({ description: 'Where the peak came from.' })),
    cpuSeconds: Type.Optional(Amount('CPU seconds used, descendants included.')),
    peakCores: Type.Optional(Amount('Most cores used at once.')),
    cpuWaitSeconds: Type.Optional(
      Amount('Seconds that its threads were ready to run and waited for a core.'),
    ),
    cpuThrottledSeconds: Type.Optional(Amount('Core seconds that its CPU limit held back.')),
    diskReadBytes: Type.Optional(Amount('Bytes read from storage.')),
    diskWrittenBytes: Type.Optional(Amount('Bytes written to storage.')),
    networkReceivedBytes: Type.Optional(Amount('Bytes received from the network.')),
    networkSentBytes: Type.Optional(Amount('Bytes sent to the network.')),
    gpuSeenCount: Type.Optional(Count('GPUs it saw.')),
    gpuPeakUtilization: Type.Optional(Amount('Highest utilisation of any GPU, 0 to 1.')),
    gpuMeanUtilization: Type.Optional(Amount('Mean utilisation over its GPUs, 0 to 1.')),
    gpuPeakMemoryMiB: Type.Optional(Amount('Highest GPU memory in use, MiB.')),
    gpuMemoryLimitMiB: Type.Optional(Amount('Memory of the GPU, MiB.')),
  },
  { additionalProperties: false, description: 'One try at a task.' },
);
export type Attempt = Static<typeof Attempt>;

export const AttemptListQuery = Type.Object(
  {
    project: ProjectParameter,
    flow: Type.Optional(FlowParameter),
    step: Type.Optional(StepParameter),
    run: Type.Optional(Name('Run; flows may share run names.')),
    outcome: Type.Optional(
      Type.Enum([...OUTCOMES, 'running'], { description: 'Outcome, or `running` for none yet.' }),
    ),
    limit: PageLimit,
    cursor: Type.Optional(PageCursor),
  },
  { additionalProperties: false },
);
export type AttemptListQuery = Static<typeof AttemptListQuery>;

export const AttemptList = Type.Object(
  {
    attempts: Type.Array(Attempt, {
      description: 'Running ones first, then by end, newest first.',
    }),
    nextCursor: Type.Optional(NextCursor),
  },
  { additionalProperties: false, description: 'One page of attempts.' },
);
export type AttemptList = Static<typeof AttemptList>;

export const AttemptParams = Type.Object(
  { attemptId: Name('Stable id.') },
  { additionalProperties: false },
);

export const UsageQuery = Type.Object(
  {
    project: ProjectParameter,
    metric: Type.Optional(Name('One metric; all where absent.')),
    points: Type.Integer({
      default: 300,
      minimum: 1,
      maximum: 5000,
      description: 'Most points for each series; closer ones are merged.',
    }),
  },
  { additionalProperties: false },
);
export type UsageQuery = Static<typeof UsageQuery>;

export const UsagePoint = Type.Object(
  {
    offsetMs: Amount('Time of the last sample merged into the point, ms after the start.'),
    min: Amount('Smallest value merged into the point.'),
    max: Amount('Largest value merged into the point.'),
    last: Amount('Newest value merged into the point.'),
  },
  { additionalProperties: false },
);
export type UsagePoint = Static<typeof UsagePoint>;

export const UsageSeries = Type.Object(
  {
    metric: Type.String({ description: 'Metric, as on the wire.' }),
    series: Type.String({ description: 'Which of the metric’s series; empty where it has one.' }),
    unit: Type.Optional(Type.String({ description: 'Unit of the values (UCUM).' })),
    points: Type.Array(UsagePoint, { description: 'In order of time.' }),
  },
  { additionalProperties: false },
);
export type UsageSeries = Static<typeof UsageSeries>;

export const AttemptUsageSeries = Type.Object(
  {
    attemptId: Type.String({ description: 'Stable id.' }),
    startedAt: Time('Start of the attempt, which offsets count from.'),
    series: Type.Array(UsageSeries, {
      description: 'By metric and series; empty once retention dropped them.',
    }),
  },
  { additionalProperties: false, description: 'The usage series of an attempt.' },
);
export type AttemptUsageSeries = Static<typeof AttemptUsageSeries>;
