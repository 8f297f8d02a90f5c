import { FIGURES } from '@stepfit/tuner/compare-usage/compare-usage';
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
} from './common.ts';

/** More run names do not fit an address. */
const MOST_RUN_NAMES = 100;

const RunNames = Type.String({
  maxLength: 8192,
  pattern: '^[^\\u0000]+$',
  description: `Runs by name, at most ${MOST_RUN_NAMES}, separated by commas.`,
});

export const ComparisonParams = Type.Object(
  { flow: FlowParameter },
  { additionalProperties: false },
);

export const ComparisonQuery = Type.Object(
  {
    project: ProjectParameter,
    headBranch: Type.Optional(Name('Branch to judge.')),
    headRevision: Type.Optional(Name('Commit to judge.')),
    headRuns: Type.Optional(RunNames),
    baseBranch: Type.Optional(Name('Branch to compare with.')),
    baseRevision: Type.Optional(Name('Commit to compare with.')),
    baseRuns: Type.Optional(RunNames),
    runs: Type.Integer({
      default: 50,
      minimum: 1,
      maximum: 200,
      description: 'Most runs of each side, newest first.',
    }),
    marginRatio: Type.Number({
      default: 0.05,
      minimum: 0,
      maximum: 10,
      description: 'Growth below this share is not worth a word (0.05 = 5 %).',
    }),
    seeRatio: Type.Number({
      default: 0.1,
      minimum: 0,
      maximum: 10,
      description: 'Growth that should be seen, for what is said of power (0.1 = 10 %).',
    }),
  },
  { additionalProperties: false },
);
export type ComparisonQuery = Static<typeof ComparisonQuery>;

export const ComparedFigure = Type.Object(
  {
    figure: Type.Enum([...FIGURES], {
      description:
        'Of one run: highest need of any attempt, MiB; CPU seconds; memory needed, GiB-hours; money for what was asked for, US dollars.',
    }),
    verdict: Type.Enum(['grew', 'shrank', 'same', 'untold'], {
      description:
        '`grew` and `shrank` are beyond the margin and beyond chance; `same`: neither, and growth worth seeing would have been seen; `untold`: too few runs to say.',
    }),
    baseRuns: Count('Runs of the base with this figure.'),
    headRuns: Count('Runs of the branch with this figure.'),
    baseMedian: Type.Optional(Amount('Middle of the base’s runs.')),
    headMedian: Type.Optional(Amount('Middle of the branch’s runs.')),
    power: Type.Object(
      {
        seesRatio: Type.Optional(Amount('Growth that would be seen four times in five.')),
        moreRuns: Type.Optional(
          Count('Runs of the branch needed to see `seeRatio`; absent where no number would do.'),
        ),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type ComparedFigure = Static<typeof ComparedFigure>;

export const ComparedStep = Type.Object(
  {
    step: StepName,
    backend: Type.Optional(
      Type.String({
        description: 'Backend of the attempts compared: that of the branch’s newest.',
      }),
    ),
    isCodeChanged: Type.Boolean({
      description: 'True: the step’s own code differs between the sides.',
    }),
    figures: Type.Array(ComparedFigure, { description: 'What was measured on either side.' }),
  },
  { additionalProperties: false },
);
export type ComparedStep = Static<typeof ComparedStep>;

export const Comparison = Type.Object(
  {
    project: ProjectName,
    flow: FlowName,
    baseRuns: Type.Array(Type.String(), { description: 'Runs of the base, newest first.' }),
    headRuns: Type.Array(Type.String(), { description: 'Runs of the branch, newest first.' }),
    prices: Type.Object(
      {
        name: Type.String({ description: 'Name of the price table.' }),
        isExample: Type.Boolean({ description: 'True: the amounts are no one’s bill.' }),
      },
      { additionalProperties: false },
    ),
    steps: Type.Array(ComparedStep, { description: 'By name.' }),
  },
  { additionalProperties: false, description: 'What a branch’s runs used, against its base’s.' },
);
export type Comparison = Static<typeof Comparison>;
