import type { Spending } from '../../model/project-facts.ts';
import { askShadows, type Features, type FinishedAttempt } from './askable.ts';
import { createBills } from './bills.ts';
import type { FailureTerms } from './expected-waste.ts';
import { priceFailure } from './failure-price.ts';
import { decideAllocation, formOpinion, type Opinion } from './opinion.ts';
import type { ShadowOptions } from './options.ts';

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
  /**
   * Asks all shadows; `known` is the number of attempts learnt that may be looked at, all by default, and
   * `startsAtMs` when the attempt starts: models that were trained may rest on nothing that ended later.
   */
  readonly consult: (features: Features, known?: number, startsAtMs?: number) => Consultation;
  /** Learns an attempt, and bills the shadows for what they said of it before it started. */
  readonly learn: (attempt: FinishedAttempt, asked: Consultation) => void;
  /** The attempts that a consultation looked at, oldest first. */
  readonly attemptsBehind: (consultation: Consultation) => readonly FinishedAttempt[];
  readonly largestNeed: () => number;
  readonly count: () => number;
}

/** Attempts that took no time are charged for a second: zero hours would weigh nothing. */
const MIN_HOURS = 1 / 3600;

/** The step's own account after each attempt learnt. */
interface Account extends Spending {
  readonly failures: number;
  readonly asked: number;
}

const EMPTY: Account = { attempts: 0, needHours: 0, hours: 0, failures: 0, asked: 0 };

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
  /** `accounts[n]` sums up the first n attempts, so that a consultation of the past sees no later ones. */
  const accounts: Account[] = [EMPTY];
  const bills = createBills(options);
  let largest = 0;

  function windowOf(known: number): readonly FinishedAttempt[] {
    return history.slice(Math.max(0, known - options.window), known);
  }

  function consult(
    features: Features,
    known = history.length,
    startsAtMs = Number.POSITIVE_INFINITY,
  ): Consultation {
    const attempts = windowOf(known);
    const account = accounts[known] ?? EMPTY;
    const price = priceFailure(options, account, project(), {
      attempts: account.asked,
      failures: account.failures,
    });
    const terms = { failedShare: options.failedShare, price };
    const opinions: Opinion[] = [];
    for (const asked of askShadows(attempts, { features, startsAtMs }, options)) {
      const bill = bills.billOf(asked.shadow, opinions);
      opinions.push(formOpinion(asked, { terms, options, bill }));
    }
    const wish = decideAllocation(opinions, attempts.length, terms, options);
    return { known, opinions, terms, wish };
  }

  function learn(attempt: FinishedAttempt, asked: Consultation): void {
    const { need, hours } = attempt;
    const charged = Math.max(hours, MIN_HOURS);
    bills.charge(asked, need, options.billing === 'by-hours' ? charged : 1);
    const last = accounts.at(-1) ?? EMPTY;
    const isAsked = asked.wish !== undefined;
    accounts.push({
      attempts: last.attempts + 1,
      needHours: last.needHours + need * charged,
      hours: last.hours + charged,
      asked: last.asked + (isAsked ? 1 : 0),
      failures: last.failures + (isAsked && (asked.wish ?? 0) < need ? 1 : 0),
    });
    history.push({ ...attempt, hours: charged });
    largest = Math.max(largest, need);
  }

  return {
    consult,
    learn,
    attemptsBehind: ({ known }) => windowOf(known),
    largestNeed: () => largest,
    count: () => history.length,
  };
}
