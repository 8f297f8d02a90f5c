import { Prices } from '@stepfit/tuner/model/prices';
import { Resources } from '@stepfit/tuner/model/suggestion';
import Type, { type Static } from 'typebox';

import { Amount, Count, FlowName, ProjectName, StepName } from './common.ts';

const MemoryPlan = Type.Object(
  {
    firstMiB: Amount('First attempt, MiB.'),
    secondMiB: Amount('Second attempt, MiB.'),
    lastMiB: Amount('Last attempt, MiB.'),
  },
  { additionalProperties: false },
);

/** A step's attempts as columns of equal length: a tenth of what objects would take. */
export const ReplayAttempts = Type.Object(
  {
    attemptIds: Type.Array(Type.String(), { description: 'Stable ids.' }),
    runNames: Type.Array(Type.String(), { description: 'Runs, each once.' }),
    runs: Type.Array(Type.Integer(), { description: 'Index into `runNames`.' }),
    tasks: Type.Array(Type.String(), { description: 'Tasks.' }),
    numbers: Type.Array(Type.Integer(), { description: 'Attempt numbers, 0 first.' }),
    startedAtMs: Type.Array(Type.Number(), { description: 'Start, ms since 1970.' }),
    endedAtMs: Type.Array(Type.Number(), { description: 'End, ms since 1970.' }),
    durationHours: Type.Array(Type.Number(), { description: 'Running time, hours.' }),
    seenMiB: Type.Array(Type.Number(), { description: 'Highest need seen, MiB.' }),
    needMiB: Type.Array(Type.Number(), {
      description: 'Need to reckon with, MiB: above what was seen where memory ran out.',
    }),
    knowledge: Type.Array(Type.Integer({ minimum: 0, maximum: 2 }), {
      description: 'What is known of the need: 0 exact, 1 at least that, 2 above that.',
    }),
  },
  { additionalProperties: false },
);
export type ReplayAttempts = Static<typeof ReplayAttempts>;

/** All that it takes to replay any other request over a step's attempts. */
export const StepReplay = Type.Object(
  {
    project: ProjectName,
    flow: FlowName,
    step: StepName,
    current: Resources,
    declaredLines: Type.Array(Type.String(), {
      description:
        'What it asks for as it is written: its resource decorators, or options of `stepfit run`.',
    }),
    suggestedPlan: Type.Optional(MemoryPlan),
    grid: Type.Object(
      {
        floor: Amount('Least memory that may be asked for, MiB.'),
        cap: Amount('Most, MiB.'),
        step: Amount('Distance between two requests, MiB.'),
      },
      { additionalProperties: false },
    ),
    retry: Type.Object(
      {
        tailIndex: Amount('What is supposed of needs beyond the largest seen.'),
        retryCost: Amount('What a failed attempt costs on top of its own cost.'),
      },
      { additionalProperties: false },
    ),
    risk: Type.Object(
      {
        riskRatio: Amount('Accepted share of first attempts that run out of memory.'),
        confidence: Amount('Confidence of bounds on that share.'),
        tailIndex: Amount('What is supposed of needs beyond the largest seen.'),
        noRetry: Type.Boolean({ description: 'True: no attempt may have failed.' }),
        surprises: Type.Optional(
          Type.Array(Type.Number(), {
            description: 'How far the project’s steps went beyond their largest needs.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    prices: Prices,
    stretches: Type.Array(
      Type.Object(
        {
          cpuCores: Amount('Cores.'),
          stretchRatio: Amount('Running time against the time measured.'),
          bestRatio: Type.Optional(Amount('The same at best, where more cores were wanted.')),
        },
        { additionalProperties: false },
      ),
      { description: 'Running time by cores, ascending.' },
    ),
    gpuMemoryMiB: Type.Optional(Amount('Memory of a GPU, MiB.')),
    finishedAttempts: Count('Finished attempts looked at, those that do not count included.'),
    attempts: ReplayAttempts,
    features: Type.Array(
      Type.Object(
        {
          name: Type.String({ description: 'Feature.' }),
          values: Type.Array(Type.Union([Type.Number(), Type.Null()]), {
            description: 'One for each attempt; null where it has none.',
          }),
        },
        { additionalProperties: false },
      ),
      { description: 'Numbers known before an attempt starts that differ between attempts.' },
    ),
  },
  { additionalProperties: false, description: 'What other requests of a step are replayed over.' },
);
export type StepReplay = Static<typeof StepReplay>;
