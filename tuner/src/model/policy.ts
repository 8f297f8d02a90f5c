import Type, { type Static } from 'typebox';

export const STRATEGIES = ['shadow', 'max-margin', 'percentile', 'min-waste'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/**
 * `observe`: measure and report, suggest nothing. `suggest`: suggest, and change nothing. `review`: what a
 * person has accepted takes effect at the next launch. `auto`: a suggestion is tried on a share of the
 * attempts, and takes effect or is rolled back by itself.
 */
export const MODES = ['observe', 'suggest', 'review', 'auto'] as const;
export type Mode = (typeof MODES)[number];

/** What people allow the tuner to do. Every field has a default; a stored policy overrides some. */
export const Policy = Type.Object(
  {
    mode: Type.Enum([...MODES], {
      description:
        '`observe`, `suggest`, `review` (accepted suggestions take effect at launch) or `auto` (canary, promotion, roll-back).',
    }),
    excluded: Type.Boolean({ description: 'True: never suggest anything for the step.' }),
    strategy: Type.Enum([...STRATEGIES], { description: 'How memory is sized from the history.' }),
    minAttempts: Type.Integer({
      minimum: 1,
      description: 'Finished attempts needed before a suggestion.',
    }),
    historyAttempts: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      description: 'Newest finished attempts that sizing and replay look at.',
    }),
    toleranceRatio: Type.Number({
      minimum: 0,
      description: 'A change smaller than this share of the request is not suggested (0.1 = 10 %).',
    }),
    memoryFloorMiB: Type.Number({ minimum: 0, description: 'Never suggest less memory, MiB.' }),
    memoryCapMiB: Type.Number({ minimum: 0, description: 'Never suggest more memory, MiB.' }),
    memoryStepMiB: Type.Number({
      minimum: 1,
      description: 'Memory is rounded up to a multiple of it, MiB.',
    }),
    cpuFloorCores: Type.Number({ minimum: 0, description: 'Never suggest fewer cores.' }),
    cpuCapCores: Type.Number({ minimum: 0, description: 'Never suggest more cores.' }),
    cpuStepCores: Type.Number({
      exclusiveMinimum: 0,
      description: 'Cores are rounded up to a multiple of it.',
    }),
    cpuStretchRatio: Type.Number({
      minimum: 0,
      description: 'Longest accepted stretch of the running time (0.05 = 5 % longer).',
    }),
    riskRatio: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'Accepted share of first attempts that run out of memory (0.01 = 1 %).',
    }),
    riskConfidence: Type.Number({
      minimum: 0.5,
      exclusiveMaximum: 1,
      description: 'Confidence with which that share has to be proven (0.95 = 95 %).',
    }),
    tailIndex: Type.Number({
      minimum: 0,
      description:
        'Of attempts above the largest need seen, at most c^−tailIndex need more than c times it; 0 supposes nothing.',
    }),
    noRetry: Type.Boolean({
      description: 'True: a retry is not acceptable, so no attempt of the history may have failed.',
    }),
    retryCost: Type.Number({
      minimum: 0,
      description:
        'What a failed attempt costs people on top of its own cost: 1 is the attempt once more.',
    }),
    maxShrinkRatio: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'Mode `auto`: one change takes at most this share away (0.3 = 30 %).',
    }),
    canaryRatio: Type.Number({
      exclusiveMinimum: 0,
      maximum: 0.5,
      description: 'Mode `auto`: share of attempts that try a value first (0.2 = 20 %).',
    }),
    slowdownRatio: Type.Number({
      minimum: 0,
      description:
        'Mode `auto`: a value that makes attempts longer by more than this is rolled back.',
    }),
    coolDownHours: Type.Number({
      minimum: 0,
      description:
        'Mode `auto`: after a change or a roll-back, nothing is tried for so long, hours.',
    }),
    overridesCommandLine: Type.Boolean({
      description:
        'True: values applied at launch replace those of `--with resources:…` too, which otherwise win.',
    }),
    owner: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Who is told about the step, such as a team’s name.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Policy = Static<typeof Policy>;
export type PolicyField = keyof Policy;

/** A stored policy: any subset of the fields. */
export const PartialPolicy = Type.Partial(Policy, {
  additionalProperties: false,
  description: 'Fields that are said here; the others are left to less specific policies.',
});
export type PartialPolicy = Static<typeof PartialPolicy>;

/**
 * A tail of just about finite variance. Where one attempt of a step needed more than all before it, it
 * needed more than 1.5 times as much in 3 % of the cases, more than 3 times in 2 %, on public traces of
 * 6,500 tasks (`npm run bench:sizing`); an index of 2 supposes 44 % and 11 %.
 */
const TAIL_INDEX = 2;

/**
 * A container on a cloud backend needs 160 to 320 MB before user code does anything (Metaflow, its log and
 * artifact helpers), which a run on one machine does not show. Below 512 MiB a suggestion saves little and
 * risks that.
 */
const MEMORY_FLOOR_MIB = 512;

/** Three changes, each one watched, bring a request down to a third: 0.7³ = 0.34. */
const MAX_SHRINK_RATIO = 0.3;

/** One attempt of five: a foreach of 50 tasks tries a value ten times in its first run. */
const CANARY_RATIO = 0.2;

/** What people take for noise; attempts of one step vary by about as much on shared machines. */
const SLOWDOWN_RATIO = 0.1;

/** Two days: most flows run daily or more often, so that a change has been seen at work before the next. */
const COOL_DOWN_HOURS = 48;

export const DEFAULT_POLICY: Policy = {
  mode: 'suggest',
  excluded: false,
  strategy: 'shadow',
  minAttempts: 5,
  historyAttempts: 500,
  toleranceRatio: 0.1,
  memoryFloorMiB: MEMORY_FLOOR_MIB,
  memoryCapMiB: 1_048_576,
  memoryStepMiB: 64,
  cpuFloorCores: 1,
  cpuCapCores: 1024,
  cpuStepCores: 1,
  cpuStretchRatio: 0.05,
  riskRatio: 0.01,
  riskConfidence: 0.95,
  tailIndex: TAIL_INDEX,
  noRetry: false,
  retryCost: 1,
  maxShrinkRatio: MAX_SHRINK_RATIO,
  canaryRatio: CANARY_RATIO,
  slowdownRatio: SLOWDOWN_RATIO,
  coolDownHours: COOL_DOWN_HOURS,
  overridesCommandLine: false,
};

/** A policy and what it is for: an absent flow means any flow, an absent step any step. */
export const ScopedPolicy = Type.Object(
  {
    flow: Type.Optional(Type.String({ minLength: 1, description: 'Flow; any where absent.' })),
    step: Type.Optional(Type.String({ minLength: 1, description: 'Step; any where absent.' })),
    policy: PartialPolicy,
  },
  { additionalProperties: false },
);
export type ScopedPolicy = Static<typeof ScopedPolicy>;

/** Long lists slow down every look at a step; a project with more wants another way to say it. */
const MAX_EXCLUDES = 500;
const MAX_POLICIES = 5000;

/** All that people have said about one project. */
export const PolicyDocument = Type.Object(
  {
    exclude: Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
      maxItems: MAX_EXCLUDES,
      description:
        'Globs of FLOW or FLOW/STEP that nothing is suggested for: `*` stands for any characters but `/`, `?` for one.',
    }),
    policies: Type.Array(ScopedPolicy, {
      maxItems: MAX_POLICIES,
      description: 'Policies; the most specific wins, field by field.',
    }),
  },
  { additionalProperties: false },
);
export type PolicyDocument = Static<typeof PolicyDocument>;
