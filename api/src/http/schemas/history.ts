import { AttemptRecord } from '@stepfit/tuner/model/attempt-record';
import { Policy } from '@stepfit/tuner/model/policy';
import { StoredVerdict } from '@stepfit/tuner/model/stored-verdict';
import { StepBasis } from '@stepfit/tuner/traces/step-export';
import Type, { type Static } from 'typebox';

import { FlowName, ProjectName, StepName } from './common.ts';

/** All that the tuner's verdict on a step rests on: whoever has it can come to the verdict again. */
export const StepHistory = Type.Object(
  {
    project: ProjectName,
    flow: FlowName,
    step: StepName,
    basis: Type.Object(
      { ...StepBasis.properties, policy: Policy },
      {
        additionalProperties: false,
        description: 'Policy, prices, project facts and networks that the verdict rested on.',
      },
    ),
    verdict: Type.Optional(StoredVerdict),
    attempts: Type.Array(AttemptRecord, {
      description: 'The newest finished attempts, as many as the policy looks at, newest first.',
    }),
  },
  { additionalProperties: false, description: 'What the tuner’s verdict on a step rests on.' },
);
export type StepHistory = Static<typeof StepHistory>;
