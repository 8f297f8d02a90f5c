import type { AttemptUsage } from '../model/attempt-usage.ts';
import { isByFeatures } from '../model/by-features.ts';
import type { Policy } from '../model/policy.ts';
import type { Skip } from '../model/skip-reason.ts';
import type { Suggestion, SuggestionBody, Verdict } from '../model/suggestion.ts';
import { countWords } from '../words/amounts.ts';
import { suggestedWords } from './amounts-words.ts';
import type { Change } from './change.ts';
import { noticeApplied, noticeInForce } from './notice-applied.ts';
import { isSimilar, type Standing } from './standing.ts';

export interface FollowUpInput {
  readonly standing: Standing;
  readonly verdict: Verdict;
  /** Finished attempts of the step in any order. */
  readonly history: readonly AttemptUsage[];
  readonly policy: Policy;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** True: nothing takes effect at launch, so that attempts say nothing of what does. */
  readonly isPaused?: boolean;
}

/** What becomes of a step's suggestions, and why it has no proposal where it has none. */
export interface FollowUp {
  readonly changes: readonly Change[];
  readonly skip?: Skip;
}

type Suggested = Extract<Verdict, { kind: 'suggest' }>;

/**
 * What a new verdict and new attempts mean for the suggestions that a step has: values that the step asks for
 * by now are applied, what people have said no to or put off is not proposed again while the values are about
 * the same, what was accepted is stale once the verdict is another, and everything else is proposed.
 */
export function followUp(input: FollowUpInput): FollowUp {
  const { history, policy, isPaused = false } = input;
  const applied = noticeApplied(input.standing, history);
  const unchanged = { changes: [], standing: applied.standing };
  const watched = isPaused ? unchanged : noticeInForce(applied.standing, history, policy);
  const proposal = followVerdict({ ...input, standing: watched.standing });
  return {
    changes: [...applied.changes, ...watched.changes, ...proposal.changes],
    ...(proposal.skip !== undefined && { skip: proposal.skip }),
  };
}

function followVerdict(input: FollowUpInput): FollowUp {
  const { standing, verdict, policy } = input;
  if (verdict.kind === 'skip') return { changes: withdraw(standing, verdict), skip: verdict };
  const refusal = refusalOf(input, verdict);
  if (refusal !== undefined) {
    const note = refusal.detail;
    return { changes: supersedeProposed(standing, note), skip: refusal };
  }
  const { accepted, snoozed } = standing;
  if (accepted !== undefined && supports(verdict, accepted, policy)) {
    return {
      changes: [...freshen(accepted), ...supersedeProposed(standing, 'it is accepted already')],
    };
  }
  const stale = accepted === undefined ? [] : [contradict(accepted, verdict)];
  if (snoozed !== undefined) {
    const followed = followSnoozed(snoozed, verdict, input.nowMs);
    return { ...followed, changes: [...stale, ...followed.changes] };
  }
  return { changes: [...stale, ...propose(standing, verdict)] };
}

/**
 * Whether a verdict speaks for what was accepted: about the same, or a little less of what is asked for now,
 * since each attempt more proves a little more.
 */
function supports(verdict: Suggested, accepted: Suggestion, { toleranceRatio }: Policy): boolean {
  if (isByFeatures(verdict) !== isByFeatures(accepted)) return false;
  const [now, then] = [verdict.suggested, accepted.suggested];
  if (isSimilar(then, now, toleranceRatio)) return true;
  const isLess = (['cpuCores', 'memoryMiB', 'gpuCount'] as const).every(
    (key) => (now[key] ?? 0) <= (then[key] ?? 0),
  );
  return isLess && isSimilar(then, now, toleranceRatio, verdict.effective);
}

/** Nothing is suggested any more: what waited is withdrawn, what was accepted is stale. */
function withdraw(standing: Standing, { code, detail }: Skip): Change[] {
  const { proposed, snoozed, accepted } = standing;
  const note = `${code}: ${detail}`;
  return [
    ...[proposed, snoozed].flatMap((one) =>
      one === undefined
        ? []
        : [{ kind: 'move', suggestion: one, event: 'supersede', note } as const],
    ),
    ...(accepted === undefined
      ? []
      : [{ kind: 'stale', suggestion: accepted, reason: detail } as const]),
  ];
}

/** Why values are not proposed, though they are what the attempts say. */
function refusalOf({ standing, policy }: FollowUpInput, verdict: Suggested): Skip | undefined {
  const { inForce, refused } = standing;
  const { toleranceRatio } = policy;
  if (inForce?.rollout !== undefined && freesAlike(inForce, verdict, toleranceRatio)) {
    const { plan } = inForce.rollout;
    if (isSimilar(plan.first, verdict.suggested, toleranceRatio)) {
      const amounts = suggestedWords({ ...inForce, suggested: plan.first });
      return skip('in-force', `What is suggested is in force at launch: ${amounts}.`);
    }
  }
  // What a trial rolled back may be tried again: how soon and how often is up to the roll-out.
  const said = refused.find(
    (one) =>
      one.rollout === undefined &&
      freesAlike(one, verdict, toleranceRatio) &&
      isSimilar(one.suggested, verdict.suggested, toleranceRatio, verdict.effective),
  );
  if (said === undefined) return undefined;
  const amounts = suggestedWords(said);
  return said.state === 'dismissed'
    ? skip('dismissed', `Somebody dismissed ${amounts}, and the attempts say the same still.`)
    : skip('rolled-back', `It was tried with ${amounts} and rolled back.`);
}

/** Whether both put values in place, or both a formula, and those free about the same share of the memory. */
function freesAlike(one: SuggestionBody, other: SuggestionBody, toleranceRatio: number): boolean {
  if (isByFeatures(one) !== isByFeatures(other)) return false;
  return Math.abs(shareByFormula(one) - shareByFormula(other)) <= toleranceRatio;
}

/** Of the memory paid for with what is asked for now, the share that a formula would have paid; 1 without. */
function shareByFormula(body: SuggestionBody): number {
  const [current, byFormula] = ['current', 'by formula'].map((label) =>
    body.evidence.memoryReplay.find((row) => row.label === label),
  );
  return isByFeatures(body) && current !== undefined && byFormula !== undefined
    ? byFormula.paidGibHours / Math.max(current.paidGibHours, Number.MIN_VALUE)
    : 1;
}

/** Put off until its time, or until the step needs more than it asks for and did not before. */
function followSnoozed(snoozed: Suggestion, verdict: Suggested, nowMs: number): FollowUp {
  const refresh: Change = { kind: 'refresh', suggestion: snoozed, ...written(verdict) };
  const until = snoozed.snoozedUntil ?? '';
  const isOver = until === '' || Date.parse(until) <= nowMs;
  const growsNow = asksForMore(verdict) && !asksForMore(snoozed);
  if (!isOver && !growsNow) {
    const detail = `Put off until ${until.slice(0, 10)}.`;
    return { changes: [refresh], skip: skip('snoozed', detail) };
  }
  const note = isOver ? 'its time has come' : 'the step needs more now than it asks for';
  return { changes: [refresh, { kind: 'move', suggestion: snoozed, event: 'wake', note }] };
}

function propose(standing: Standing, verdict: Suggested): Change[] {
  const { proposed } = standing;
  if (proposed !== undefined && isSameChange(proposed, verdict)) {
    return [{ kind: 'refresh', suggestion: proposed, ...written(verdict) }];
  }
  return [
    ...supersedeProposed(standing, 'other values are suggested now'),
    { kind: 'propose', ...written(verdict) },
  ];
}

/** What people would do about it is the same: the evidence and the savings may have moved. */
function isSameChange(proposed: SuggestionBody, body: SuggestionBody): boolean {
  return (
    proposed.backend === body.backend &&
    isByFeatures(proposed) === isByFeatures(body) &&
    proposed.suggested.cpuCores === body.suggested.cpuCores &&
    proposed.suggested.memoryMiB === body.suggested.memoryMiB &&
    proposed.suggested.gpuCount === body.suggested.gpuCount
  );
}

function supersedeProposed({ proposed }: Standing, note: string): Change[] {
  return proposed === undefined
    ? []
    : [{ kind: 'move', suggestion: proposed, event: 'supersede', note }];
}

function freshen(accepted: Suggestion): Change[] {
  return accepted.stale === undefined ? [] : [{ kind: 'stale', suggestion: accepted }];
}

function contradict(accepted: Suggestion, verdict: Suggested): Change {
  const attempts = countWords(verdict.evidence.attempts, 'attempt');
  const reason = `By now ${attempts} suggest ${suggestedWords(verdict)}, not ${suggestedWords(accepted)}.`;
  return { kind: 'stale', suggestion: accepted, reason };
}

function asksForMore({ suggested, effective }: SuggestionBody): boolean {
  return (suggested.memoryMiB ?? 0) > (effective.memoryMiB ?? 0);
}

function written(verdict: Suggested): { strategy: string; body: SuggestionBody } {
  const { kind: _kind, strategy, ...body } = verdict;
  return { strategy, body };
}

function skip(code: Skip['code'], detail: string): Skip {
  return { kind: 'skip', code, detail };
}
