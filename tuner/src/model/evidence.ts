import Type, { type Static } from 'typebox';

import { MemoryFormula } from './memory-formula.ts';

function Count(description: string): Type.TInteger {
  return Type.Integer({ minimum: 0, description });
}

function Amount(description: string): Type.TNumber {
  return Type.Number({ description });
}

/** One attempt by name, as evidence quotes it. */
export const NamedAttempt = Type.Object(
  {
    run: Type.String({ description: 'Run the attempt belongs to.' }),
    task: Type.String({ description: 'Task the attempt belongs to.' }),
    attempt: Count('Attempt number, 0 first.'),
    peakMemoryMiB: Amount('Highest need seen, MiB.'),
  },
  { additionalProperties: false },
);
export type NamedAttempt = Static<typeof NamedAttempt>;

/**
 * What would have happened to the step’s own attempts. A `value` row replays one fixed memory request; a
 * `strategy` row replays a rule that was asked afresh before each attempt, seeing only attempts that had
 * ended by then.
 */
export const MemoryReplay = Type.Object(
  {
    kind: Type.Enum(['value', 'strategy'], {
      description: 'Fixed value, or a rule replayed past-only.',
    }),
    label: Type.String({
      description:
        '`current`, `suggested`, `neighbour`, or the strategy’s name; `… by features`: each attempt sized by what was known of it; `by formula`: by the formula of its time, where that said something of it.',
    }),
    memoryMiB: Amount('First request, MiB; for a strategy, what it asks for now.'),
    attempts: Count('Attempts replayed (n).'),
    failures: Count('Attempts that would have run out of memory at first (k).'),
    worst: Type.Array(NamedAttempt, {
      maxItems: 5,
      description: 'Failed attempts of greatest need.',
    }),
    paidGibHours: Amount('GiB-hours paid, failed first attempts included.'),
    wastedGibHours: Amount('GiB-hours paid beyond the need, failed first attempts included.'),
    retryHours: Amount('Running time added by repeating failed attempts, hours.'),
    costUsd: Amount('Money for the memory paid, US dollars.'),
  },
  { additionalProperties: false },
);
export type MemoryReplay = Static<typeof MemoryReplay>;

/** One point on the speed/cost curve of a step. */
export const CpuReplay = Type.Object(
  {
    label: Type.String({ description: '`current`, `suggested` or `neighbour`.' }),
    cpuCores: Amount('Cores requested.'),
    stretchRatio: Amount('Running time against the time measured: 1.05 is 5 % longer.'),
    bestRatio: Type.Optional(
      Amount(
        'Running time at best with these more cores against the time measured, where the step wanted more than it had: 0.8 is 20 % shorter.',
      ),
    ),
    addedHours: Amount('Running time added over all attempts replayed, hours.'),
    paidCoreHours: Amount('Core-hours paid over all attempts replayed.'),
    costUsd: Amount(
      'Money for the cores, and for the memory and the GPUs held as long, US dollars.',
    ),
    isLowerBound: Type.Boolean({
      description: 'True: usage reached the cores available, so the true demand may be higher.',
    }),
  },
  { additionalProperties: false },
);
export type CpuReplay = Static<typeof CpuReplay>;

/** k of n with its honest bound (Clopper–Pearson, one-sided). */
export const FailureBound = Type.Object(
  {
    failures: Count('Attempts that would have failed (k).'),
    attempts: Count('Attempts the bound rests on (n).'),
    confidence: Amount('Confidence of the bound, 0.95.'),
    upperBound: Amount(
      'Share of future first attempts that fail is at most this, at that confidence.',
    ),
    distributionFreeBound: Amount('The same without supposing anything about needs never seen.'),
    tailIndex: Amount(
      'What is supposed: of attempts above the largest need seen, at most c^−tailIndex need c times it.',
    ),
    surprises: Count(
      'New largest needs of the project’s steps; from 10 on, how far they went counts beside what is supposed.',
    ),
    attemptsNeeded: Count(
      'Failure-free attempts needed to prove the policy’s risk at that confidence without that.',
    ),
  },
  { additionalProperties: false },
);
export type FailureBound = Static<typeof FailureBound>;

/** The predictor that decides when each attempt may be sized by what is known of it before it starts. */
export const MemoryMethod = Type.Object(
  {
    shadow: Type.String({
      description: 'Predictor of least waste so far, such as `linear items`.',
    }),
    formula: Type.String({
      description: 'What it asks for, in words: `memory = 410 MiB + 2.1 MiB × items, + 6 %`.',
    }),
    bills: Type.Array(
      Type.Object(
        {
          shadow: Type.String({ description: 'Predictor.' }),
          wasteRatio: Amount(
            'Waste it would have caused, against the cheapest: 1 is the cheapest.',
          ),
        },
        { additionalProperties: false },
      ),
      { description: 'Every predictor that was asked, cheapest first.' },
    ),
    factor: Type.Optional(
      Amount(
        'What each value asked for has to be multiplied by to be within the policy’s risk, by the scores of the replay.',
      ),
    ),
    upperBound: Type.Optional(
      Amount('Share of future first attempts that fail is at most this, with that factor.'),
    ),
  },
  { additionalProperties: false },
);
export type MemoryMethod = Static<typeof MemoryMethod>;

/** The proof of a formula, by the tasks that it said something of. */
export const FormulaProof = Type.Object(
  {
    words: Type.String({
      description: 'The formula: `(400 MiB + 1 MiB × rows) × 1.12, for 100 to 3990 rows`.',
    }),
    failures: Count('Attempts that needed more than it asked for (k).'),
    attempts: Count('Attempts that it said something of (n).'),
    confidence: Amount('Confidence of the bound, 0.95.'),
    upperBound: Amount(
      'Share of future first attempts sized by it that fail is at most this, at that confidence.',
    ),
  },
  { additionalProperties: false },
);
export type FormulaProof = Static<typeof FormulaProof>;

export const Distribution = Type.Object(
  {
    min: Amount('Smallest.'),
    median: Amount('Half are below.'),
    p95: Amount('95 of 100 are below.'),
    max: Amount('Largest.'),
  },
  { additionalProperties: false },
);
export type Distribution = Static<typeof Distribution>;

export const GpuEvidence = Type.Object(
  {
    requestedCount: Count('GPUs requested.'),
    attempts: Count('Attempts with GPU readings.'),
    peakUtilization: Amount('Highest utilisation of any GPU, 0 to 1.'),
    meanUtilization: Amount('Mean utilisation over attempts and GPUs, 0 to 1.'),
    peakMemoryMiB: Type.Optional(Amount('Highest GPU memory in use, MiB.')),
    memoryLimitMiB: Type.Optional(Amount('Memory of the GPU, MiB.')),
    usedCount: Type.Optional(
      Count('The most GPUs that an attempt used, where every GPU requested was watched.'),
    ),
    smallerCard: Type.Optional(
      Type.Object(
        {
          model: Type.String({ description: 'Name of the card in the price table.' }),
          memoryMiB: Amount('Memory of the card as sold, MiB.'),
          costUsdPerRun: Amount('What a run would cost less if it ran as fast, US dollars.'),
        },
        { additionalProperties: false, description: 'A cheaper card that the memory would fit.' },
      ),
    ),
    verdict: Type.String({ description: 'In words: what to do with the GPUs, and why.' }),
  },
  { additionalProperties: false },
);
export type GpuEvidence = Static<typeof GpuEvidence>;

/** The proof behind a suggestion: stored with it, reproducible from the same attempts. */
export const Evidence = Type.Object(
  {
    attempts: Count('Finished attempts looked at.'),
    runs: Count('Runs they belong to.'),
    firstAttemptAt: Type.String({
      format: 'date-time',
      description: 'Start of the oldest attempt.',
    }),
    lastAttemptAt: Type.String({ format: 'date-time', description: 'End of the newest attempt.' }),
    peakMemoryMiB: Type.Optional(Distribution),
    peakMemorySources: Type.Record(Type.String(), Count('Attempts.'), {
      description: 'Where the peaks came from: source → attempts.',
    }),
    largest: Type.Array(NamedAttempt, { maxItems: 5, description: 'Attempts of greatest need.' }),
    memoryReplay: Type.Array(MemoryReplay, {
      description: 'Current, suggested, neighbours, strategies.',
    }),
    memoryBound: Type.Optional(FailureBound),
    memoryMethod: Type.Optional(MemoryMethod),
    memoryFormula: Type.Optional(MemoryFormula),
    formulaProof: Type.Optional(FormulaProof),
    cpuReplay: Type.Array(CpuReplay, { description: 'The speed/cost curve.' }),
    gpu: Type.Optional(GpuEvidence),
    notes: Type.Array(Type.String(), {
      description: 'Whatever a careful reader should know, in sentences.',
    }),
  },
  { additionalProperties: false },
);
export type Evidence = Static<typeof Evidence>;
