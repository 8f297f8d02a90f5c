import { backendRules } from '../backend/effective-request.ts';
import type { Policy } from '../model/policy.ts';
import type { Skip } from '../model/skip-reason.ts';
import type { Plan, Resources, Suggestion, SuggestionState } from '../model/suggestion.ts';
import { roundUp } from '../sizing/bounds/grid.ts';
import { memoryWords, shareWords } from '../words/amounts.ts';
import {
  type Hint,
  HINT_REFUSALS,
  type HintRefusal,
  type LaunchedStep,
  type StepHint,
} from './hint.ts';

export interface OfferInput {
  readonly launched: LaunchedStep;
  readonly policy: Policy;
  /** The newest suggestion for the step that is in force or could be. */
  readonly suggestion?: Suggestion;
  /** Why the tuner suggests nothing, where it does not. */
  readonly skip?: Pick<Skip, 'code' | 'detail'>;
  /** Share of tasks that get the values, 0 to 1; all by default. */
  readonly share?: number;
}

/** States in which people have said yes. */
const ACCEPTED: ReadonlySet<SuggestionState> = new Set(['accepted', 'applied', 'verified']);

/** Of a step's live suggestions, newest first, the one to go by: in mode `review` one that was accepted. */
export function chooseSuggestion(
  suggestions: readonly Suggestion[],
  { mode }: Pick<Policy, 'mode'>,
): Suggestion | undefined {
  const accepted = suggestions.find(({ state }) => ACCEPTED.has(state));
  return mode === 'review' ? (accepted ?? suggestions[0]) : suggestions[0];
}

/**
 * What a launcher may do about one step: the plan of its suggestion, or why not. A hint is only ever given
 * for the request that the suggestion was made for, in a mode that allows it, and smaller only where the
 * step's own attempts prove it within the policy's risk.
 */
export function offerHint(input: OfferInput): StepHint {
  const { launched, policy, suggestion, share = 1 } = input;
  const refusal = refuseByPolicy(policy) ?? refuseSuggestion(input);
  if (refusal !== undefined || suggestion === undefined) {
    return refused(launched, refusal ?? 'no-suggestion', input);
  }
  const plan = withinPolicy(suggestion.plan, policy);
  if (isSame(plan.first, launched.current)) return refused(launched, 'nothing-to-change', input);
  const { memoryFormula } = suggestion.evidence;
  const hint: Hint = {
    suggestionId: suggestion.suggestionId,
    share,
    plan,
    ...(memoryFormula === undefined ? {} : { memoryFormula }),
    memoryFloorMiB: policy.memoryFloorMiB,
    memoryCapMiB: policy.memoryCapMiB,
    memoryStepMiB: policy.memoryStepMiB,
    overridesCommandLine: policy.overridesCommandLine,
  };
  return { step: launched.step, hint };
}

function refuseByPolicy({ excluded, mode }: Policy): HintRefusal | undefined {
  if (excluded) return 'excluded';
  return mode === 'auto' || mode === 'review' ? undefined : 'mode-suggest';
}

function refuseSuggestion({ launched, policy, suggestion }: OfferInput): HintRefusal | undefined {
  if (suggestion === undefined) return 'no-suggestion';
  if (policy.mode === 'review' && !ACCEPTED.has(suggestion.state)) return 'not-accepted';
  const { computeDecorator } = backendRules(launched.backend);
  if (computeDecorator !== backendRules(suggestion.backend).computeDecorator) {
    return 'other-backend';
  }
  if (!isSame(launched.current, suggestion.effective)) return 'request-changed';
  return isProven(suggestion, policy) ? undefined : 'unproven';
}

/** What sums of shares may leave of a bound that is met exactly. */
const SLACK = 1e-9;

/** More memory is never a risk; less has to be proven by the step's own attempts. */
function isProven({ plan, effective, evidence }: Suggestion, policy: Policy): boolean {
  if ((plan.first.memoryMiB ?? 0) >= (effective.memoryMiB ?? 0)) return true;
  const { memoryBound } = evidence;
  return memoryBound !== undefined && memoryBound.upperBound <= policy.riskRatio + SLACK;
}

/** The plan under the floors of a policy that may be newer, no value above the plan's last. */
function withinPolicy(plan: Plan, policy: Policy): Plan {
  const memoryFloorMiB = roundUp(policy.memoryFloorMiB, policy.memoryStepMiB);
  function raise(amounts: Resources): Resources {
    const { cpuCores, memoryMiB } = amounts;
    return {
      ...amounts,
      ...raised('cpuCores', cpuCores, policy.cpuFloorCores, plan.last.cpuCores),
      ...raised('memoryMiB', memoryMiB, memoryFloorMiB, plan.last.memoryMiB),
    };
  }
  return { first: raise(plan.first), second: raise(plan.second), last: plan.last };
}

function raised(
  key: 'cpuCores' | 'memoryMiB',
  amount: number | undefined,
  floor: number,
  last = Number.POSITIVE_INFINITY,
): Resources {
  return amount === undefined ? {} : { [key]: Math.min(Math.max(amount, floor), last) };
}

/** Amounts that a launcher and a task would both call the same: a unit of `memory=` is about a MiB. */
function isSame(one: Resources, other: Resources): boolean {
  return (['cpuCores', 'memoryMiB', 'gpuCount'] as const).every((key) => {
    const difference = Math.abs((one[key] ?? 0) - (other[key] ?? 0));
    return difference <= (key === 'memoryMiB' ? 1 : SLACK);
  });
}

function refused(launched: LaunchedStep, code: HintRefusal, input: OfferInput): StepHint {
  return { step: launched.step, refusal: { code, detail: detailOf(code, launched, input) } };
}

function detailOf(code: HintRefusal, launched: LaunchedStep, input: OfferInput): string {
  const { suggestion, skip, policy } = input;
  const plain = HINT_REFUSALS[code];
  if (code === 'no-suggestion' && skip !== undefined) return skip.detail;
  if (suggestion === undefined) return plain;
  const { evidence, effective, backend } = suggestion;
  const { current } = launched;
  if (code === 'other-backend') {
    return `${plain} It is about ${backend}, and the step is launched on ${launched.backend}.`;
  }
  if (code === 'unproven' && evidence.memoryBound !== undefined) {
    const upTo = shareWords(evidence.memoryBound.upperBound);
    return `${plain} Up to ${upTo} of the next could fail, and ${shareWords(policy.riskRatio)} is accepted.`;
  }
  const [now, then] = [current.memoryMiB, effective.memoryMiB];
  if (code === 'request-changed' && now !== undefined && then !== undefined && now !== then) {
    return `${plain} It asks for ${memoryWords(now)} now, and for ${memoryWords(then)} then.`;
  }
  return plain;
}
