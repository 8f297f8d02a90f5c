import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { Policy } from '../model/policy.ts';
import type { Suggestion } from '../model/suggestion.ts';
import type { Change } from './change.ts';
import { asksFor, type Standing } from './standing.ts';
import { hasValuesOf, watch } from './watch.ts';

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
      { kind: 'move', suggestion: applied, event: 'apply', note },
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
  const isReplaced =
    newest !== undefined &&
    !hasValuesOf(inForce, newest) &&
    newest.startedAtMs >= Date.parse(inForce.updatedAt);
  if (isReplaced) {
    const isBack = asksFor(newest.request, inForce.effective);
    const note = isBack ? 'the step asks for what it did before' : 'the step asks for other values';
    const event = isBack ? 'roll-back' : 'supersede';
    return { changes: [{ kind: 'move', suggestion: inForce, event, note }], standing: rest };
  }
  const watched = watch(inForce, history, policy);
  if (watched.alarm !== undefined && inForce.stale === undefined) {
    return {
      changes: [{ kind: 'stale', suggestion: inForce, reason: `${watched.alarm}.` }],
      standing,
    };
  }
  if (!watched.isVerified || inForce.state === 'verified') return { changes: [], standing };
  const note = `${watched.tried} attempts with its values, ${watched.failures} out of memory`;
  return { changes: [{ kind: 'move', suggestion: inForce, event: 'verify', note }], standing };
}

function supersede(suggestion: Suggestion | undefined, note: string): Change[] {
  return suggestion === undefined ? [] : [{ kind: 'move', suggestion, event: 'supersede', note }];
}

/** Those that launching kept as they were, to compare, say nothing of what the step asks for. */
function newestFirstAttempt(history: readonly AttemptUsage[]): AttemptUsage | undefined {
  const [newest] = history
    .filter(({ attempt, hint }) => attempt === 0 && hint?.arm !== 'control')
    .toSorted((a, b) => b.startedAtMs - a.startedAtMs || b.endedAtMs - a.endedAtMs);
  return newest;
}
