import { backendRules, launchesEachTask } from '../backend/effective-request.ts';
import { rolledOut } from '../lifecycle/launch.ts';
import { isByFeatures } from '../model/by-features.ts';
import type { MemoryFormula } from '../model/memory-formula.ts';
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
  /** The step's suggestions that are in force or could be, newest first. */
  readonly suggestions: readonly Suggestion[];
  /** Why the tuner suggests nothing, where it does not. */
  readonly skip?: Pick<Skip, 'code' | 'detail'>;
  readonly isPaused: boolean;
}

/** What a policy lets take effect: a suggestion, on a share of the tasks, and the plan of the others. */
interface InEffect {
  readonly suggestion: Suggestion;
  readonly share: number;
  readonly otherwise?: Plan;
}

/** States in which people have said yes. */
const ACCEPTED: ReadonlySet<SuggestionState> = new Set(['accepted', 'applied', 'verified']);

/**
 * What a launcher may do about one step: the plan of its suggestion, or why not. A hint is only ever given
 * for the request that the suggestion was made for, in a mode that allows it, and smaller only where the
 * step's own attempts prove it within the policy's risk.
 */
export function offerHint(input: OfferInput): StepHint {
  const { launched, policy } = input;
  const chosen = chooseByPolicy(input);
  if (typeof chosen === 'string') return refused(launched, chosen, input);
  const { suggestion, share, otherwise } = chosen;
  const refusal = refuseSuggestion(suggestion, input);
  if (refusal !== undefined) return refused(launched, refusal, input, suggestion);
  const plan = withinPolicy(suggestion.plan, policy);
  const memoryFormula = provenFormula(suggestion, policy);
  const isSized = memoryFormula !== undefined && launchesEachTask(launched.backend);
  if (isSame(plan.first, launched.current) && !isSized) {
    const isUnproven = isByFeatures(suggestion) && memoryFormula === undefined;
    return refused(launched, isUnproven ? 'unproven' : 'nothing-to-change', input, suggestion);
  }
  const hint: Hint = {
    suggestionId: suggestion.suggestionId,
    share,
    plan,
    ...(otherwise === undefined ? {} : { otherwise: withinPolicy(otherwise, policy) }),
    ...(memoryFormula === undefined ? {} : { memoryFormula }),
    memoryFloorMiB: policy.memoryFloorMiB,
    memoryCapMiB: policy.memoryCapMiB,
    memoryStepMiB: policy.memoryStepMiB,
    overridesCommandLine: policy.overridesCommandLine,
  };
  return { step: launched.step, hint };
}

/** In mode `review` what a person accepted, for all tasks; in mode `auto` what is tried or in force. */
function chooseByPolicy({ policy, suggestions, isPaused }: OfferInput): InEffect | HintRefusal {
  const { excluded, mode } = policy;
  if (excluded) return 'excluded';
  if (mode !== 'auto' && mode !== 'review') return 'mode-suggest';
  if (isPaused) return 'paused';
  if (suggestions.length === 0) return 'no-suggestion';
  if (mode === 'review') {
    const suggestion = suggestions.find(({ state }) => ACCEPTED.has(state));
    return suggestion === undefined ? 'not-accepted' : { suggestion, share: 1 };
  }
  const launch = rolledOut(suggestions);
  if (launch === undefined) return 'not-tried-yet';
  const { suggestionId } = launch.suggestion;
  const place = suggestions.findIndex((one) => one.suggestionId === suggestionId);
  const inForce = rolledOut(suggestions.slice(place + 1));
  return inForce === undefined ? launch : { ...launch, otherwise: inForce.suggestion.plan };
}

function refuseSuggestion(
  suggestion: Suggestion,
  { launched, policy }: OfferInput,
): HintRefusal | undefined {
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

/** The formula, where its proof is within the risk of a policy that may be newer. */
function provenFormula(
  { evidence: { memoryFormula, formulaProof } }: Suggestion,
  { riskRatio }: Policy,
): MemoryFormula | undefined {
  return (formulaProof?.upperBound ?? 1) <= riskRatio + SLACK ? memoryFormula : undefined;
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

function refused(
  launched: LaunchedStep,
  code: HintRefusal,
  { skip, policy }: OfferInput,
  suggestion?: Suggestion,
): StepHint {
  const said = code === 'no-suggestion' ? skip?.detail : undefined;
  const numbers = suggestion === undefined ? '' : numbersOf(code, launched, policy, suggestion);
  return { step: launched.step, refusal: { code, detail: said ?? HINT_REFUSALS[code] + numbers } };
}

/** The same reason with this step's numbers, as a sentence to follow; empty where there are none. */
function numbersOf(
  code: HintRefusal,
  { backend, current }: LaunchedStep,
  { riskRatio }: Policy,
  suggestion: Suggestion,
): string {
  const { memoryBound, formulaProof } = suggestion.evidence;
  const bound = isByFeatures(suggestion) ? formulaProof : memoryBound;
  if (code === 'other-backend') {
    return ` It is about ${suggestion.backend}, and the step is launched on ${backend}.`;
  }
  if (code === 'unproven' && bound !== undefined) {
    return ` Up to ${shareWords(bound.upperBound)} of the next could fail, and ${shareWords(riskRatio)} is accepted.`;
  }
  const [now, then] = [current.memoryMiB, suggestion.effective.memoryMiB];
  if (code === 'request-changed' && now !== undefined && then !== undefined && now !== then) {
    return ` It asks for ${memoryWords(now)} now, and for ${memoryWords(then)} then.`;
  }
  return '';
}
