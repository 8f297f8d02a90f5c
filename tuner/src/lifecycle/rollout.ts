import type { AttemptUsage } from '../model/attempt-usage.ts';
import { isByFeatures } from '../model/by-features.ts';
import type { Policy } from '../model/policy.ts';
import type { Skip } from '../model/skip-reason.ts';
import type { Plan, Resources, Rollout, Suggestion } from '../model/suggestion.ts';
import { roundUp } from '../sizing/bounds/grid.ts';
import { shareWords } from '../words/amounts.ts';
import { amountsWords, suggestedWords } from './amounts-words.ts';
import type { Change } from './change.ts';
import type { Standing } from './standing.ts';
import { type Watched, watch } from './watch.ts';

export interface RolloutInput {
  readonly standing: Standing;
  readonly history: readonly AttemptUsage[];
  readonly policy: Policy;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Money that the suggestion in force has saved so far, US dollars, where that is known. */
  readonly realised?: { readonly low: number; readonly high: number };
}

/** Trials of a step that may be rolled back one after the other until tuning it has given nothing. */
export const MOST_ROLLBACKS = 3;
/** A step's first trial is no measure of it; from here on, one that saves nothing is given up. */
const ATTEMPTS_TO_SAVE = 30;

const MS_PER_HOUR = 3_600_000;

type Live = Suggestion & { readonly rollout: Rollout };

/** What becomes of trials, and why nothing is tried where something could be. */
export interface RolloutStep {
  readonly changes: readonly Change[];
  readonly hold?: Skip;
}

/**
 * Mode `auto`: what is tried goes on, takes effect, or is rolled back; else what is proposed begins to be
 * tried, once the cool-down is over. Nothing else changes a suggestion by itself, and nothing at all where
 * trials have been rolled back again and again, unless a person accepts.
 */
export function advanceRollout(input: RolloutInput): RolloutStep {
  const { standing, policy } = input;
  const canary = live(standing.accepted);
  const inForce = live(standing.inForce);
  if (policy.mode !== 'auto') return { changes: endRollouts([canary, inForce], policy) };
  const changes = [
    ...(inForce === undefined ? [] : followInForce(inForce, input)),
    ...(canary === undefined ? [] : followCanary(canary, input)),
  ];
  // One thing at a time: what begins now would be judged together with what ends.
  if (changes.length > 0 || canary !== undefined) return { changes };
  const { accepted, proposed } = standing;
  if (accepted !== undefined) return { changes: begin(accepted, input) };
  if (proposed === undefined) return { changes };
  const begun = begin(proposed, input);
  const hold = isGivenAtOnce(begun) ? undefined : holdOf(input);
  return hold === undefined ? { changes: begun } : { changes, hold };
}

function isGivenAtOnce(changes: readonly Change[]): boolean {
  return changes.some((change) => change.kind === 'move' && change.event === 'apply');
}

function live(suggestion: Suggestion | undefined): Live | undefined {
  return suggestion?.rollout === undefined
    ? undefined
    : { ...suggestion, rollout: suggestion.rollout };
}

/** Whoever turns the mode off wants the requests back that the source states. */
function endRollouts(rollouts: readonly (Live | undefined)[], { mode }: Policy): Change[] {
  const note = `the mode is ${mode} now`;
  return rollouts.flatMap((one) =>
    one === undefined ? [] : [{ kind: 'move', suggestion: one, event: 'roll-back', note } as const],
  );
}

function followCanary(canary: Live, { history, policy, nowMs, standing }: RolloutInput): Change[] {
  const watched = watch(canary, history, policy);
  if (watched.alarm !== undefined) return rollBack(canary, watched.alarm);
  const { proposed } = standing;
  const triedMiB = canary.rollout.plan.first.memoryMiB ?? 0;
  if (proposed !== undefined && (proposed.suggested.memoryMiB ?? 0) > triedMiB) {
    const note = `newer attempts suggest more: ${suggestedWords(proposed)}`;
    return [{ kind: 'move', suggestion: canary, event: 'supersede', note }];
  }
  if (!watched.isSafe) return [];
  const rollout = toAll(canary, history, nowMs);
  return [{ kind: 'move', suggestion: canary, event: 'apply', note: triedWords(watched), rollout }];
}

function followInForce(
  inForce: Live,
  { history, policy, nowMs, realised, standing }: RolloutInput,
): Change[] {
  const watched = watch(inForce, history, policy);
  const { rollout } = inForce;
  const alarm = watched.alarm ?? savesNothing(inForce, watched, realised);
  if (alarm !== undefined) {
    return [
      ...rollBack(inForce, alarm),
      ...(watched.isTooLittle ? dropSmaller(standing.replaced, inForce) : []),
    ];
  }
  const codeVersion = newestCodeVersion(history);
  const isNewCode = codeVersion !== undefined && !rollout.codeVersions.includes(codeVersion);
  if (rollout.phase === 'full' && isNewCode) {
    // By itself: what the code before it did without harm makes up for nothing.
    const own = history.filter((usage) => usage.codeVersion === codeVersion);
    const { alarm: ownAlarm } = watch(inForce, own, policy);
    if (ownAlarm !== undefined) return rollBack(inForce, `with new code, ${ownAlarm}`);
    const note = `the code changed: ${shareWords(policy.canaryRatio)} of the attempts try it with the new one`;
    // From its first attempt on, so that the one budget counts for all of the new code.
    const startedAt = isoTime(Math.min(...own.map(({ startedAtMs }) => startedAtMs)));
    const again = { ...rollout, ...canaryPhase(policy, nowMs), startedAt };
    return [{ kind: 'rollout', suggestion: inForce, rollout: again, note }];
  }
  if (rollout.phase === 'canary') {
    if (!watched.isSafe) return [];
    const all = toAll(inForce, history, nowMs);
    return [{ kind: 'rollout', suggestion: inForce, rollout: all, note: triedWords(watched) }];
  }
  if (!watched.isVerified || inForce.state === 'verified') return [];
  return [
    { kind: 'move', suggestion: inForce, event: 'verify', note: triedWords(watched) },
    // What it could have been rolled back to is needed no more.
    ...standing.replaced.map((one) => ({
      kind: 'move' as const,
      suggestion: one,
      event: 'supersede' as const,
      note: 'the values after it are verified',
    })),
  ];
}

/** What ran out of memory is not followed by less of it: only values with more can be gone back to. */
function dropSmaller(replaced: readonly Suggestion[], { rollout }: Live): Change[] {
  const failedMiB = rollout.plan.first.memoryMiB ?? 0;
  return replaced
    .filter((one) => (one.rollout?.plan.first.memoryMiB ?? failedMiB) < failedMiB)
    .map((one) => ({
      kind: 'move',
      suggestion: one,
      event: 'supersede',
      note: 'more memory than it gives was not enough',
    }));
}

function savesNothing(
  inForce: Live,
  { tried }: Watched,
  realised: RolloutInput['realised'],
): string | undefined {
  // Growth is not meant to save.
  if (isGrowth(inForce)) return undefined;
  if (tried < ATTEMPTS_TO_SAVE || realised === undefined || realised.high > 0) return undefined;
  return `after ${tried} attempts it has saved nothing`;
}

/** More is given at once to all; less is tried on a share first. */
function begin(suggestion: Suggestion, input: RolloutInput): Change[] {
  const { standing, history, policy, nowMs } = input;
  const previous = standing.inForce?.rollout?.plan.first ?? suggestion.effective;
  const plan = oneStep(suggestion.plan, previous, policy);
  const { first } = plan;
  const rollout: Rollout = {
    ...canaryPhase(policy, nowMs),
    startedAt: isoTime(nowMs),
    plan,
    previous,
    codeVersions: [],
  };
  const isAccepted = suggestion.state === 'accepted';
  const change = `${suggestedWords({ ...suggestion, suggested: first })} instead of ${amountsWords(previous)}`;
  if (isGrowth({ ...suggestion, rollout })) {
    const note = `more is given at once: ${change}`;
    const all = toAll({ ...suggestion, rollout }, history, nowMs);
    return [
      ...(isAccepted ? [] : [{ kind: 'move', suggestion, event: 'accept', note } as const]),
      { kind: 'move', suggestion, event: 'apply', note, rollout: all },
    ];
  }
  const note = `${shareWords(policy.canaryRatio)} of the attempts try ${change}`;
  return isAccepted
    ? [{ kind: 'rollout', suggestion, rollout, note }]
    : [{ kind: 'move', suggestion, event: 'accept', note, rollout }];
}

/** Why nothing is tried now: a cool-down, longer after each roll-back in a row and after growth, or no more at all. */
function holdOf({ standing, history, policy, nowMs }: RolloutInput): Skip | undefined {
  const { refused, inForce } = standing;
  const changedAtMs = inForce === undefined ? 0 : Date.parse(inForce.updatedAt);
  const provenAtMs = inForce?.state === 'verified' ? changedAtMs : 0;
  const sinceMs = Math.max(provenAtMs, codeSinceMs(history));
  const rolledBackMs = refused
    .filter(({ state, rollout }) => state === 'rolled-back' && rollout !== undefined)
    .map(({ updatedAt }) => Date.parse(updatedAt));
  const inRow = rolledBackMs.filter((atMs) => atMs >= sinceMs).length;
  if (inRow >= MOST_ROLLBACKS) {
    const detail = `${inRow} trials in a row were rolled back: tuning gives nothing here until the code changes or somebody accepts.`;
    return { kind: 'skip', code: 'gives-nothing', detail };
  }
  // What had to be given more takes its time to settle: down and up again would be all that people see.
  const grown = live(inForce);
  const grew = grown !== undefined && isGrowth(grown);
  const times = 2 ** (Math.max(0, inRow - 1) + (grew ? 1 : 0));
  const lastMs = Math.max(changedAtMs, ...rolledBackMs);
  const untilMs = lastMs + times * policy.coolDownHours * MS_PER_HOUR;
  if (untilMs <= nowMs) return undefined;
  const detail = `Cooling down after the last change, until ${isoTime(untilMs).slice(0, 16).replace('T', ' ')} UTC.`;
  return { kind: 'skip', code: 'cooling-down', detail };
}

/** When the newest code first ran, milliseconds since 1970; 0 where the history knows no other. */
function codeSinceMs(history: readonly AttemptUsage[]): number {
  const newest = newestCodeVersion(history);
  const own = history.filter(({ codeVersion }) => codeVersion === newest);
  if (newest === undefined || own.length === history.length) return 0;
  return own.reduce((least, { startedAtMs }) => Math.min(least, startedAtMs), Infinity);
}

function rollBack(suggestion: Suggestion, note: string): Change[] {
  return [{ kind: 'move', suggestion, event: 'roll-back', note }];
}

function canaryPhase(
  { canaryRatio }: Policy,
  nowMs: number,
): Pick<Rollout, 'phase' | 'phaseAt' | 'share'> {
  return { phase: 'canary', phaseAt: isoTime(nowMs), share: canaryRatio };
}

function toAll({ rollout }: Live, history: readonly AttemptUsage[], nowMs: number): Rollout {
  const codeVersion = newestCodeVersion(history);
  return {
    ...rollout,
    phase: 'full',
    phaseAt: isoTime(nowMs),
    share: 1,
    codeVersions: [
      ...new Set([...rollout.codeVersions, ...(codeVersion === undefined ? [] : [codeVersion])]),
    ],
  };
}

type ShrinkPolicy = Pick<Policy, 'maxShrinkRatio' | 'memoryStepMiB' | 'cpuStepCores'>;

/**
 * A plan whose first values take at most the allowed share away from what is in force, on the policy's grid;
 * growth is not held.
 */
export function oneStep(plan: Plan, previous: Resources, policy: ShrinkPolicy): Plan {
  function held(key: 'cpuCores' | 'memoryMiB', step: number): Resources {
    const [wanted, before] = [plan.first[key], previous[key]];
    if (wanted === undefined || before === undefined || wanted >= before) return {};
    const least = roundUp((1 - policy.maxShrinkRatio) * before, step);
    return { [key]: Math.max(wanted, Math.min(least, before)) };
  }
  const first = {
    ...plan.first,
    ...held('cpuCores', policy.cpuStepCores),
    ...held('memoryMiB', policy.memoryStepMiB),
  };
  const memoryMiB = Math.max(first.memoryMiB ?? 0, plan.second.memoryMiB ?? 0);
  const second = first.memoryMiB === undefined ? plan.second : { ...plan.second, memoryMiB };
  return { first, second, last: plan.last };
}

/** Where tasks are sized by their features, some get less without a smaller value. */
function isGrowth(tried: Live): boolean {
  const { plan, previous } = tried.rollout;
  const keys = ['cpuCores', 'memoryMiB', 'gpuCount'] as const;
  if (keys.some((key) => (plan.first[key] ?? 0) < (previous[key] ?? 0))) return false;
  return !isByFeatures(tried) || keys.some((key) => plan.first[key] !== previous[key]);
}

function newestCodeVersion(history: readonly AttemptUsage[]): string | undefined {
  const [newest] = history.toSorted((a, b) => b.startedAtMs - a.startedAtMs);
  return newest?.codeVersion;
}

function triedWords({ tried, failures }: Watched): string {
  return `${tried} attempts with its values, ${failures} of them out of memory`;
}

/** Without a clock of its own, the pure core writes times as PostgreSQL and JSON read them. */
function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
