/** What is known of a step when an attempt's plan is made; all in the unit of the needs. */
export interface PlanFacts {
  /** What the shadows wish for; undefined where nothing is known. */
  readonly wish: number | undefined;
  readonly declared: number;
  readonly largestNeed: number;
  /** Attempts learnt. */
  readonly count: number;
  /** Largest allocation that other tasks have run out of and not yet got past; 0 for none. */
  readonly largestOpenFailure: number;
}

/** More than the largest need seen, for a first attempt, and than an allocation that proved too small. */
const MARGIN = 1.1;
const JUST_ABOVE = 1.02;
/** A retry asks for at least half as much again. */
const RETRY_RATIO = 1.5;
/** With fewer attempts learnt than this, the third attempt goes back to what was declared. */
const LITTLE_HISTORY = 8;

/** First attempt: the wish, not above what was declared or the largest need leave sense for. */
export function planFirst(facts: PlanFacts): number {
  const { wish, declared, largestNeed, largestOpenFailure } = facts;
  if (wish === undefined) return declared;
  const sensible = Math.max(declared, MARGIN * largestNeed);
  return Math.max(Math.min(wish, sensible), MARGIN * largestOpenFailure);
}

/** The attempt after `failures` failed ones, the last of which had `previous`. */
export function planRetry(facts: PlanFacts, previous: number, failures: number): number {
  const { declared, largestNeed, largestOpenFailure, count } = facts;
  const seen = Math.max(JUST_ABOVE * largestNeed, largestOpenFailure);
  const grown = Math.max(seen, RETRY_RATIO * previous);
  const isLost = count === 0 || (failures >= 2 && count < LITTLE_HISTORY);
  return isLost && declared > JUST_ABOVE * previous ? Math.max(declared, seen) : grown;
}
