import Type, { type Static } from 'typebox';

import { Evidence } from './evidence.ts';
import { BILLED_UNITS } from './prices.ts';
import type { Skip } from './skip-reason.ts';

export const Resources = Type.Object(
  {
    cpuCores: Type.Optional(Type.Number({ description: 'Cores.' })),
    memoryMiB: Type.Optional(Type.Number({ description: 'Memory, MiB.' })),
    gpuCount: Type.Optional(Type.Integer({ description: 'Whole GPUs.' })),
  },
  {
    additionalProperties: false,
    description: 'An amount of each resource; absent means not stated.',
  },
);
export type Resources = Static<typeof Resources>;

/** What each attempt number should ask for: second and last are the net under the first. */
export const Plan = Type.Object(
  { first: Resources, second: Resources, last: Resources },
  { additionalProperties: false, description: 'Request for the first, second and last attempt.' },
);
export type Plan = Static<typeof Plan>;

export const SUGGESTION_STATES = [
  'proposed',
  'accepted',
  'applied',
  'verified',
  'dismissed',
  'snoozed',
  'superseded',
  'rolled-back',
] as const;
export type SuggestionState = (typeof SUGGESTION_STATES)[number];

/**
 * Capacity freed, what it is worth, and whether that leaves the bill. Where each task is billed by itself,
 * it does. Where tasks share machines, it is room for others until a machine can go.
 */
export const Savings = Type.Object(
  {
    gibHoursPerRun: Type.Number({
      description: 'Memory freed in a run, GiB-hours; negative: more is asked.',
    }),
    coreHoursPerRun: Type.Number({ description: 'Cores freed in a run, core-hours.' }),
    gpuHoursPerRun: Type.Number({ description: 'GPUs freed in a run, GPU-hours.' }),
    costUsdPerRun: Type.Number({
      description: 'What that is worth by the price table, US dollars, retries charged.',
    }),
    costShare: Type.Number({
      description: 'Of what the step costs today, the share that is freed, 0 to 1.',
    }),
    billedUnit: Type.Enum([...BILLED_UNITS], {
      description:
        '`task`: the money leaves the bill. `node`: machines are shared, and it is capacity until one can go.',
    }),
  },
  { additionalProperties: false },
);
export type Savings = Static<typeof Savings>;

/** `canary`: a share of the attempts gets the values. `full`: all of them do. */
export const ROLLOUT_PHASES = ['canary', 'full'] as const;

/** How a suggestion takes effect at launch, without a change of the source. */
export const Rollout = Type.Object(
  {
    phase: Type.Enum([...ROLLOUT_PHASES], {
      description: '`canary`: a share of the attempts gets the values. `full`: all do.',
    }),
    startedAt: Type.String({ format: 'date-time', description: 'When it was first tried.' }),
    phaseAt: Type.String({ format: 'date-time', description: 'When the phase began.' }),
    share: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'Share of the attempts that get the values.',
    }),
    plan: Plan,
    previous: Resources,
    codeVersions: Type.Array(Type.String(), {
      description:
        'Versions of the code that it has proven itself with; others get the canary’s share.',
    }),
  },
  {
    additionalProperties: false,
    description: 'The values in force (`plan`, at most one allowed change below `previous`).',
  },
);
export type Rollout = Static<typeof Rollout>;

/** What the pure decision produces for a step that should change. */
export const SuggestionBody = Type.Object(
  {
    backend: Type.String({ description: 'Backend the values are meant for.' }),
    declared: Resources,
    effective: Resources,
    suggested: Resources,
    suggestedEffective: Resources,
    plan: Plan,
    decoratorLine: Type.String({
      description: 'What to paste: the decorator line above the step, or options of `stepfit run`.',
    }),
    decoratorNote: Type.Optional(
      Type.String({ description: 'Why this decorator, or where the options go.' }),
    ),
    operatorDefaults: Type.Optional(
      Type.Object(
        {
          cpu: Type.Optional(Type.Number({ description: 'Cores.' })),
          memory: Type.Optional(Type.Number({ description: 'MB.' })),
        },
        {
          additionalProperties: false,
          description:
            'What an operator has set in place of Metaflow’s defaults for `@kubernetes`, cores and MB.',
        },
      ),
    ),
    reasons: Type.Array(Type.String(), { description: 'Why these values, in sentences.' }),
    savings: Savings,
    evidence: Evidence,
  },
  { additionalProperties: false },
);
export type SuggestionBody = Static<typeof SuggestionBody>;

export const Suggestion = Type.Object(
  {
    suggestionId: Type.String({ description: 'Stable id.' }),
    project: Type.String({ description: 'Project (tenant).' }),
    flow: Type.String({ description: 'Flow.' }),
    step: Type.String({ description: 'Step.' }),
    state: Type.Enum([...SUGGESTION_STATES], { description: 'Where it is in its life.' }),
    strategy: Type.String({ description: 'Strategy that sized the memory.' }),
    createdAt: Type.String({ format: 'date-time', description: 'When it was first proposed.' }),
    updatedAt: Type.String({
      format: 'date-time',
      description: 'When its evidence was last refreshed.',
    }),
    revision: Type.Integer({ minimum: 1, description: 'Counts its changes; the ETag.' }),
    snoozedUntil: Type.Optional(
      Type.String({ format: 'date-time', description: 'When it is proposed again.' }),
    ),
    stale: Type.Optional(
      Type.Object(
        {
          since: Type.String({ format: 'date-time', description: 'Since when.' }),
          reason: Type.String({ description: 'What speaks against it now.' }),
        },
        { additionalProperties: false, description: 'Its evidence does not hold any more.' },
      ),
    ),
    rollout: Type.Optional(Rollout),
    ...SuggestionBody.properties,
  },
  { additionalProperties: false },
);
export type Suggestion = Static<typeof Suggestion>;

/** One line of a suggestion’s history. */
export const SuggestionEventRecord = Type.Object(
  {
    sequence: Type.Integer({ minimum: 1, description: 'Counts its events.' }),
    event: Type.String({ description: 'What happened: `propose`, `accept`, `roll-back`, …' }),
    at: Type.String({ format: 'date-time', description: 'When.' }),
    actor: Type.String({ description: 'Who; `tuner` for what was observed.' }),
    from: Type.Optional(Type.Enum([...SUGGESTION_STATES], { description: 'State before.' })),
    to: Type.Enum([...SUGGESTION_STATES], { description: 'State after.' }),
    note: Type.Optional(Type.String({ description: 'Why.' })),
  },
  { additionalProperties: false },
);
export type SuggestionEventRecord = Static<typeof SuggestionEventRecord>;

/** The tuner’s word on one step. */
export type Verdict =
  | ({ readonly kind: 'suggest'; readonly strategy: string } & SuggestionBody)
  | Skip;
