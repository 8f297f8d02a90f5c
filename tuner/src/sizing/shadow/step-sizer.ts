import { createBills } from './bills.ts';
import { type FailureTerms, realisedWaste } from './expected-waste.ts';
import { priceFailure, type Spending } from './failure-price.ts';
import { decideAllocation, formOpinion, type Opinion, type Shadow } from './opinion.ts';
import type { ShadowOptions } from './options.ts';
import type { Sample } from './support.ts';

/** Numbers known before an attempt starts; those that are not above zero and finite are left out. */
export type Features = Readonly<Record<string, number>>;

/** An attempt that ran to its end. Needs in any one unit. */
export interface FinishedAttempt {
  readonly features: Features;
  readonly need: number;
  readonly hours: number;
}

/** All shadows asked about one attempt. */
export interface Consultation {
  /** Number of attempts that the answer rests on. */
  readonly known: number;
  readonly opinions: readonly Opinion[];
  readonly terms: FailureTerms;
  /** First allocation that they lead to, before guards; undefined when nothing is known. */
  readonly wish: number | undefined;
}

export interface StepSizer {
  /** Asks all shadows; `known` is the number of attempts learnt that may be looked at, all by default. */
  readonly consult: (features: Features, known?: number) => Consultation;
  /** Learns an attempt, and bills the shadows for what they said of it before it started. */
  readonly learn: (attempt: FinishedAttempt, asked: Consultation) => void;
  readonly largestNeed: () => number;
  readonly count: () => number;
}

/** Attempts that took no time are charged for a second: zero hours would weigh nothing. */
const MIN_HOURS = 1 / 3600;

/** Past attempts newest last; the shadows that they and the features of a new attempt allow. */
function* askable(
  attempts: readonly FinishedAttempt[],
  features: Features,
  options: ShadowOptions,
): Generator<{ shadow: Shadow; sample: Sample; input: number }> {
  if (attempts.length === 0) return;
  const needs = Float64Array.from(attempts, (attempt) => attempt.need);
  for (const form of options.forms) {
    if (form !== 'constant') continue;
    yield { shadow: { name: form, form }, sample: { needs, inputs: needs }, input: 0 };
  }
  for (const [feature, input] of Object.entries(features)) {
    if (!isUsable(input)) continue;
    const stating = attempts.filter((attempt) => isUsable(attempt.features[feature]));
    const sample = {
      needs: Float64Array.from(stating, (attempt) => attempt.need),
      inputs: Float64Array.from(stating, (attempt) => attempt.features[feature] ?? 0),
    };
    for (const form of options.forms) {
      if (form === 'constant') continue;
      yield { shadow: { name: `${form} ${feature}`, form, feature }, sample, input };
    }
  }
}

function isUsable(value: number | undefined): boolean {
  return value !== undefined && value > 0 && value < Number.POSITIVE_INFINITY;
}

/**
 * The shadows of one step: small predictors that all run all the time, are billed for the waste that they
 * would have caused, and decide by their bills. Deterministic; the cost of an attempt is bounded by the
 * window. `project` sums up the project's attempts so far, for the price of a failure.
 */
export function createStepSizer(
  options: ShadowOptions,
  project: () => Spending | undefined = () => undefined,
): StepSizer {
  const history: FinishedAttempt[] = [];
  const bills = createBills();
  const spending = { attempts: 0, needHours: 0, hours: 0 };
  const record = { attempts: 0, failures: 0 };
  let largest = 0;

  function consult(features: Features, known = history.length): Consultation {
    const attempts = history.slice(Math.max(0, known - options.window), known);
    const price = priceFailure(options, spending, project(), record);
    const terms = { failedShare: options.failedShare, price };
    const opinions: Opinion[] = [];
    for (const { shadow, sample, input } of askable(attempts, features, options)) {
      const context = { terms, options, bill: bills.mean(shadow.name) };
      const opinion = formOpinion(shadow, sample, input, context);
      if (opinion !== undefined) opinions.push(opinion);
    }
    const wish = decideAllocation(opinions, attempts.length, terms, options);
    return { known, opinions, terms, wish };
  }

  function learn({ features, need, hours }: FinishedAttempt, asked: Consultation): void {
    const charged = Math.max(hours, MIN_HOURS);
    for (const { shadow, allocation, retry } of asked.opinions) {
      const waste = realisedWaste(allocation, retry, need, asked.terms);
      bills.charge(shadow.name, waste, options.billing === 'by-hours' ? charged : 1);
    }
    if (asked.wish !== undefined) {
      record.attempts += 1;
      if (asked.wish < need) record.failures += 1;
    }
    history.push({ features, need, hours: charged });
    spending.attempts += 1;
    spending.needHours += need * charged;
    spending.hours += charged;
    largest = Math.max(largest, need);
  }

  return { consult, learn, largestNeed: () => largest, count: () => history.length };
}
