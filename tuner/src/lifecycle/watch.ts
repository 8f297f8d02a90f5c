import type { AttemptHint } from '../model/attempt-hint.ts';
import type { AttemptUsage } from '../model/attempt-usage.ts';
import { isByFeatures } from '../model/by-features.ts';
import type { Policy } from '../model/policy.ts';
import type { Suggestion } from '../model/suggestion.ts';
import { countWords, shareWords } from '../words/amounts.ts';
import {
  ALARM_WEALTH,
  attemptsToRuleOut,
  wealthAgainstFewFailures,
  wealthAgainstManyFailures,
  wealthAgainstNotSlower,
} from './sequential-tests.ts';
import { asksFor } from './standing.ts';

/** What attempts with a suggestion's values show so far. */
export interface Watched {
  /** First attempts with the values that ended, and how many of them ran out of memory. */
  readonly tried: number;
  readonly failures: number;
  /** Pairs of an attempt with the values and one without, and in how many it took longer than tolerated. */
  readonly pairs: number;
  readonly slower: number;
  /** Why it has to go, where it has. */
  readonly alarm?: string;
  /** True: it has to go since it was too little memory, and so would be everything below it. */
  readonly isTooLittle: boolean;
  /** A share of failures that would hurt is ruled out: it may go to all attempts. */
  readonly isSafe: boolean;
  /** A share five times the policy's is ruled out, too: the watch is over. */
  readonly isVerified: boolean;
}

/** Of first attempts; a canary rules it out after 14 without a failure at a policy's 1 %. */
const HARMFUL_RATIO = 0.2;
/** Times the policy's risk: ruled out after 73 attempts without a failure at 1 %. */
const VERIFIED_TIMES = 5;
/** What a roll-out may fail besides the policy's share: one may be chance, two end it. */
const SPARE_FAILURES = 2;

/**
 * First attempts that may run out of memory with the values of a roll-out, after so many: the policy's share
 * of them, and two. Once they are used up, it is rolled back, so that no more are ever caused but by attempts
 * that are running by then.
 */
export function retryBudget(attempts: number, riskRatio: number): number {
  return Math.floor(riskRatio * attempts) + SPARE_FAILURES;
}

/** Watches a suggestion by the attempts that had its values since it was made, in order of their ends. */
export function watch(
  suggestion: Suggestion,
  history: readonly AttemptUsage[],
  policy: Pick<Policy, 'riskRatio' | 'slowdownRatio'>,
): Watched {
  const ordered = history.toSorted((a, b) => a.endedAtMs - b.endedAtMs);
  const tried = ordered.filter((usage) => hasValuesOf(suggestion, usage));
  const { riskRatio } = policy;
  let failures = 0;
  let alarm: string | undefined;
  for (const [index, { outcome }] of tried.entries()) {
    if (outcome !== 'oom') continue;
    failures += 1;
    const attempts = index + 1;
    const isOver = failures >= retryBudget(attempts, riskRatio);
    if (isOver || wealthAgainstFewFailures(failures, attempts, riskRatio) >= ALARM_WEALTH) {
      alarm = `${failures} of ${countWords(attempts, 'attempt')} ran out of memory, and the policy allows ${shareWords(riskRatio)}`;
      break;
    }
  }
  const { pairs, slower } = pairUp(tried, partnersOf(suggestion, ordered), policy.slowdownRatio);
  const isSlower = wealthAgainstNotSlower(slower, pairs) >= ALARM_WEALTH;
  const slowWords = `${slower} of ${countWords(pairs, 'attempt')} took over ${shareWords(policy.slowdownRatio)} longer than one without`;
  const found = alarm ?? (isSlower ? slowWords : undefined);
  return {
    tried: tried.length,
    failures,
    pairs,
    slower,
    ...(found !== undefined && { alarm: found }),
    isTooLittle: alarm !== undefined,
    isSafe: found === undefined && isRuledOut(failures, tried.length, HARMFUL_RATIO, riskRatio),
    isVerified:
      found === undefined &&
      isRuledOut(failures, tried.length, VERIFIED_TIMES * riskRatio, riskRatio),
  };
}

/** Attempts without a failure until a canary is over, and until the watch is. */
export function attemptsWatched(riskRatio: number): { canary: number; verified: number } {
  const least = Math.min(riskRatio, MOST_EXPECTED);
  return {
    canary: attemptsToRuleOut(Math.max(HARMFUL_RATIO, 2 * least), least),
    verified: attemptsToRuleOut(Math.max(VERIFIED_TIMES * least, 2 * least), least),
  };
}

/** A policy may allow any share; one that is harmful by itself cannot be told from harm. */
const MOST_EXPECTED = 0.1;

function isRuledOut(
  failures: number,
  attempts: number,
  harmful: number,
  riskRatio: number,
): boolean {
  const expected = Math.min(riskRatio, MOST_EXPECTED);
  const ratio = Math.max(Math.min(harmful, VERIFIED_TIMES * MOST_EXPECTED), 2 * expected);
  return wealthAgainstManyFailures(failures, attempts, { ratio, expected }) >= ALARM_WEALTH;
}

/** As much of an attempt as tells whose values it had. */
export type Launched = Pick<AttemptUsage, 'attempt' | 'startedAtMs' | 'request' | 'hint'>;

/**
 * A first attempt that started after the suggestion was made and ran with its first values. One that is rolled
 * out counts by what launching did, since it began to be tried; any other by what was asked for.
 */
export function hasValuesOf(suggestion: Suggestion, usage: Launched): boolean {
  const { hint, attempt, request } = usage;
  const { rollout, createdAt, suggestionId } = suggestion;
  const isSince = usage.startedAtMs >= Date.parse(rollout?.startedAt ?? createdAt);
  if (attempt !== 0 || !isSince) return false;
  if (hint === undefined) {
    const isInSource = rollout === undefined && !isByFeatures(suggestion);
    return isInSource && asksFor(request, suggestion.suggestedEffective);
  }
  if (hint.suggestionId === suggestionId) return isSizedBy(suggestion, hint);
  if (hint.applied === undefined) return false;
  // While the next values are tried, the other tasks keep those in force.
  return (
    hint.arm === 'control' && rollout !== undefined && asksFor(hint.applied, rollout.plan.first)
  );
}

/** A task of which a formula says nothing runs as it would without, where there are no other values. */
function isSizedBy(suggestion: Suggestion, { arm, applied, sizedBy }: AttemptHint): boolean {
  return (
    arm === 'hinted' &&
    applied !== undefined &&
    (sizedBy === 'features' || !isByFeatures(suggestion))
  );
}

/** Attempts that a tried one may be held against: with the values from before. */
function partnersOf(
  suggestion: Suggestion,
  ordered: readonly AttemptUsage[],
): readonly AttemptUsage[] {
  const before = suggestion.rollout?.previous ?? suggestion.effective;
  return ordered.filter(
    (usage) =>
      usage.attempt === 0 &&
      usage.outcome === 'succeeded' &&
      !hasValuesOf(suggestion, usage) &&
      asksFor(usage.request, before),
  );
}

/**
 * Pairs each tried attempt that succeeded with the newest one without the values that ended before it and
 * is not paired yet. No partner is used twice, so that pairs stay independent.
 */
function pairUp(
  tried: readonly AttemptUsage[],
  partners: readonly AttemptUsage[],
  slowdownRatio: number,
): { pairs: number; slower: number } {
  const free: AttemptUsage[] = [];
  let next = 0;
  let pairs = 0;
  let slower = 0;
  for (const one of tried) {
    if (one.outcome !== 'succeeded') continue;
    for (let other = partners[next]; other !== undefined && other.endedAtMs <= one.endedAtMs;) {
      free.push(other);
      next += 1;
      other = partners[next];
    }
    const partner = free.pop();
    if (partner === undefined) continue;
    pairs += 1;
    if (one.durationMs > (1 + slowdownRatio) * partner.durationMs) slower += 1;
  }
  return { pairs, slower };
}
