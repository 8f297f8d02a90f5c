import type { AttemptUsage } from '../model/attempt-usage.ts';
import { isByFeatures } from '../model/by-features.ts';
import type { Policy } from '../model/policy.ts';
import type { Suggestion } from '../model/suggestion.ts';
import type { Change } from './change.ts';
import { asksFor, type Standing } from './standing.ts';
import type { SuggestionEvent } from './transition.ts';
import { hasValuesOf, watch, type Watched } from './watch.ts';

interface Noticed {
  readonly changes: readonly Change[];
  /** What stands once they are written. */
  readonly standing: Standing;
}

/**
 * A suggestion is applied once the newest first attempt asks for its values, whoever put them there: in the
 * source, in a Config, on the command line, or at launch. What was in force before is superseded.
 */
export function noticeApplied(standing: Standing, history: readonly AttemptUsage[]): Noticed {
  const newest = newestFirstAttempt(history);
  const { accepted, proposed, snoozed, inForce } = standing;
  // A canary is on a share of the attempts, so the newest one says nothing.
  const candidates = [accepted, proposed, snoozed].filter((one) => one?.rollout === undefined);
  const applied = candidates.find(
    (one) => one !== undefined && newest !== undefined && hasValuesOf(one, newest),
  );
  if (applied === undefined) return { changes: [], standing };
  const others = [accepted, proposed, snoozed].filter((one) => one !== applied);
  const note = 'the newest attempt asks for its values';
  const { accepted: _a, proposed: _p, snoozed: _s, ...rest } = standing;
  return {
    changes: [
      moved(applied, 'apply', note),
      ...[inForce, ...others].flatMap((one) => supersede(one, 'another suggestion is applied')),
    ],
    standing: { ...rest, inForce: { ...applied, state: 'applied' } },
  };
}

/**
 * What attempts say of the suggestion in force: that it is proven by now, that they contradict it, or that
 * the step asks for something else again. One that takes effect at launch is left to its roll-out.
 */
export function noticeInForce(
  standing: Standing,
  history: readonly AttemptUsage[],
  policy: Policy,
): Noticed {
  const { inForce, ...rest } = standing;
  if (inForce === undefined || inForce.rollout !== undefined) return { changes: [], standing };
  const newest = newestFirstAttempt(history);
  const change =
    replacedBy(inForce, newest) ?? judged(inForce, watch(inForce, history, policy), newest);
  if (change === undefined) return { changes: [], standing };
  const isGone = change.kind === 'move' && change.event !== 'verify';
  return { changes: [change], standing: isGone ? rest : standing };
}

/** What the newest first attempt asks for, where that is not what is in force. */
function replacedBy(inForce: Suggestion, newest: AttemptUsage | undefined): Change | undefined {
  if (newest === undefined || hasValuesOf(inForce, newest)) return undefined;
  if (newest.startedAtMs < Date.parse(inForce.updatedAt)) return undefined;
  if (isByFeatures(inForce) && asksFor(newest.hint?.before ?? newest.request, inForce.effective)) {
    // Nothing else is ever asked for but at launch, and not by every task.
    return undefined;
  }
  return asksFor(newest.request, inForce.effective)
    ? moved(inForce, 'roll-back', 'the step asks for what it did before')
    : moved(inForce, 'supersede', 'the step asks for other values');
}

function judged(
  inForce: Suggestion,
  { alarm, tried, failures, isVerified }: Watched,
  newest: AttemptUsage | undefined,
): Change | undefined {
  if (alarm !== undefined) {
    // What took effect at launch goes by itself; what is in the source, somebody has to take out.
    if (newest?.hint !== undefined) return moved(inForce, 'roll-back', alarm);
    const isKnown = inForce.stale !== undefined;
    return isKnown ? undefined : { kind: 'stale', suggestion: inForce, reason: `${alarm}.` };
  }
  if (!isVerified || inForce.state === 'verified') return undefined;
  return moved(inForce, 'verify', `${tried} attempts with its values, ${failures} out of memory`);
}

function moved(suggestion: Suggestion, event: SuggestionEvent, note: string): Change {
  return { kind: 'move', suggestion, event, note };
}

function supersede(suggestion: Suggestion | undefined, note: string): Change[] {
  return suggestion === undefined ? [] : [moved(suggestion, 'supersede', note)];
}

/** Those that launching kept as they were, to compare, say nothing of what the step asks for. */
function newestFirstAttempt(history: readonly AttemptUsage[]): AttemptUsage | undefined {
  const [newest] = history
    .filter(({ attempt, hint }) => attempt === 0 && hint?.arm !== 'control')
    .toSorted((a, b) => b.startedAtMs - a.startedAtMs || b.endedAtMs - a.endedAtMs);
  return newest;
}
