import Type, { type Static } from 'typebox';

import { BILLED_UNITS } from './prices.ts';
import { Resources, SUGGESTION_STATES } from './suggestion.ts';

/** An amount saved with the interval that it lies in with 95 % confidence. Negative: it cost more. */
function Saved(description: string): Type.TObject<{
  estimate: Type.TNumber;
  low: Type.TNumber;
  high: Type.TNumber;
}> {
  return Type.Object(
    {
      estimate: Type.Number({ description: 'Best estimate.' }),
      low: Type.Number({ description: 'Lower end of the 95 % interval.' }),
      high: Type.Number({ description: 'Upper end of the 95 % interval.' }),
    },
    { additionalProperties: false, description },
  );
}

export const LedgerAmounts = Type.Object(
  {
    costUsd: Saved('Money by the price table, US dollars, retries charged.'),
    gibHours: Saved('Memory freed, GiB-hours, what retries held taken off.'),
    coreHours: Saved('Cores freed, core-hours.'),
    gpuHours: Saved('GPUs freed, GPU-hours.'),
  },
  { additionalProperties: false, description: 'What was saved.' },
);
export type LedgerAmounts = Static<typeof LedgerAmounts>;

/** What a suggestion was predicted to save, and did. */
export const LedgerEntry = Type.Object(
  {
    suggestionId: Type.String({ description: 'Suggestion.' }),
    flow: Type.String({ description: 'Flow.' }),
    step: Type.String({ description: 'Step.' }),
    state: Type.Enum([...SUGGESTION_STATES], { description: 'Where it is in its life.' }),
    from: Resources,
    to: Resources,
    firstAt: Type.String({ format: 'date-time', description: 'Start of the first task with it.' }),
    lastAt: Type.String({ format: 'date-time', description: 'End of the last task with it.' }),
    tasks: Type.Integer({ minimum: 0, description: 'Tasks that had its values.' }),
    runs: Type.Integer({ minimum: 0, description: 'Runs that they belong to.' }),
    retries: Type.Integer({
      minimum: 0,
      description: 'Tasks whose first attempt ran out of memory with its values.',
    }),
    retryCostUsd: Type.Number({
      description: 'What those first attempts cost, US dollars; taken off what was saved.',
    }),
    slowdownRatio: Type.Number({
      description:
        'Running time with the values against without: 1.05 is 5 % longer; 1 where it cannot be told or nothing speaks for it.',
    }),
    comparedTasks: Type.Integer({
      minimum: 0,
      description: 'Tasks without the values that the running time was compared with.',
    }),
    predictedCostUsd: Type.Number({
      description: 'What its replay predicted for as many tasks, US dollars.',
    }),
    realised: LedgerAmounts,
  },
  { additionalProperties: false },
);
export type LedgerEntry = Static<typeof LedgerEntry>;

export const Ledger = Type.Object(
  {
    since: Type.String({ format: 'date-time', description: 'Tasks that started from then on.' }),
    prices: Type.Object(
      {
        name: Type.String({ description: 'Name of the price table.' }),
        isExample: Type.Boolean({ description: 'True: the amounts are no one’s bill.' }),
        billedUnit: Type.Enum([...BILLED_UNITS], {
          description: '`task`: the money leaves the bill. `node`: once a machine can go.',
        }),
      },
      { additionalProperties: false },
    ),
    entries: Type.Array(LedgerEntry, { description: 'What saved most first.' }),
    totals: Type.Object(
      {
        predictedCostUsd: Type.Number({ description: 'Predicted, US dollars.' }),
        retryCostUsd: Type.Number({ description: 'Cost of retries, US dollars.' }),
        realised: LedgerAmounts,
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false, description: 'Predicted against realised savings.' },
);
export type Ledger = Static<typeof Ledger>;
