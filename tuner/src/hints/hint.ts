import Type, { type Static } from 'typebox';

import { MemoryFormula } from '../model/memory-formula.ts';
import { Plan, Resources } from '../model/suggestion.ts';

/** Version of the answer: a launcher that knows another one applies nothing. */
export const HINTS_VERSION = 1;

/** More steps than any flow has. */
const MAX_STEPS = 1000;
/** Names come from users' code. */
const MAX_NAME_LENGTH = 512;

function name(description: string): Type.TString {
  return Type.String({
    minLength: 1,
    maxLength: MAX_NAME_LENGTH,
    pattern: '^[^\\u0000]+$',
    description,
  });
}

/** One step that is about to be launched. */
export const LaunchedStep = Type.Object(
  {
    step: name('Step.'),
    backend: name('Where it is about to run, as `stepfit.backend` has it.'),
    current: Type.Object(Resources.properties, {
      additionalProperties: false,
      description: 'What it asks for without hints, after merges and defaults.',
    }),
  },
  { additionalProperties: false },
);
export type LaunchedStep = Static<typeof LaunchedStep>;

/** A whole flow asks once, before its first step. */
export const HintRequest = Type.Object(
  {
    project: Type.String({ ...name('Project (tenant).'), default: 'default' }),
    flow: name('Flow.'),
    steps: Type.Array(LaunchedStep, { maxItems: MAX_STEPS, description: 'Its steps.' }),
  },
  { additionalProperties: false, description: 'A flow that is about to be launched.' },
);
export type HintRequest = Static<typeof HintRequest>;

/** What a launcher needs to size every attempt of a step. */
export const Hint = Type.Object(
  {
    suggestionId: Type.String({ description: 'Suggestion that the values come from.' }),
    share: Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'Share of tasks that get the values; the others keep their own. A task is among them where the first 32 bits of the SHA-256 of `suggestionId\\nrun\\nstep\\ntask`, over 2³², are below it.',
    }),
    plan: Plan,
    otherwise: Type.Optional(
      Type.Object(Plan.properties, {
        additionalProperties: false,
        description:
          'The plan in force, which the other tasks keep; absent: what the source asks for.',
      }),
    ),
    memoryFormula: Type.Optional(MemoryFormula),
    memoryFloorMiB: Type.Number({ description: 'A formula asks for no less, MiB.' }),
    memoryCapMiB: Type.Number({ description: 'A formula asks for no more, MiB.' }),
    memoryStepMiB: Type.Number({
      description: 'A formula is rounded up to a multiple of it, MiB.',
    }),
    overridesCommandLine: Type.Boolean({
      description: 'True: the values replace those given on the command line, too.',
    }),
  },
  {
    additionalProperties: false,
    description:
      'Values for a step: the plan, and where `memoryFormula` says something of a task, its first memory by that. After running out of memory the next value of the plan.',
  },
);
export type Hint = Static<typeof Hint>;

/** Why a step is launched as it is. Closed: a new reason needs a line in `docs/metaflow.md`. */
export const HINT_REFUSALS = {
  'mode-suggest': 'No policy lets values of this step be applied at launch.',
  paused: 'The flow is paused: it runs with what its source asks for.',
  'not-accepted': 'Nobody has accepted the suggestion yet, and the policy asks for that.',
  'not-tried-yet': 'The suggestion is not being tried yet.',
  excluded: 'A policy excludes this step.',
  'no-suggestion': 'There is no suggestion for this step.',
  unproven: 'The step’s own attempts do not prove the suggested value within the policy’s risk.',
  'other-backend': 'The suggestion is about another backend than this run’s.',
  'request-changed': 'The step asks for something else than when the suggestion was made.',
  'nothing-to-change': 'The step already asks for what is suggested.',
} as const;
export type HintRefusal = keyof typeof HINT_REFUSALS;

/** The word on one step: its hint, or why there is none. */
export const StepHint = Type.Object(
  {
    step: Type.String({ description: 'Step.' }),
    hint: Type.Optional(Hint),
    refusal: Type.Optional(
      Type.Object(
        {
          code: Type.Enum(Object.keys(HINT_REFUSALS) as HintRefusal[], {
            description: 'Why it is launched as it is.',
          }),
          detail: Type.String({ description: 'The same with this step’s numbers, in a sentence.' }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false, description: 'Either `hint` or `refusal`.' },
);
export type StepHint = Static<typeof StepHint>;

export const HintAnswer = Type.Object(
  {
    version: Type.Literal(HINTS_VERSION, { description: 'Version of this answer.' }),
    steps: Type.Array(StepHint, { description: 'A word on each step asked about, in that order.' }),
  },
  { additionalProperties: false },
);
export type HintAnswer = Static<typeof HintAnswer>;
