import { attributesOf, KUBERNETES_DEFAULTS } from '../backend/effective-request.ts';
import { lineToPaste } from '../backend/line-to-paste.ts';
import type { AttemptUsage, ResourceAmounts } from '../model/attempt-usage.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import type { ProjectFacts } from '../model/project-facts.ts';
import type { ProjectNet } from '../model/project-net.ts';
import type { Skip, SkipCode } from '../model/skip-reason.ts';
import type { Plan, Resources, SuggestionBody, Verdict } from '../model/suggestion.ts';
import { validRequest } from '../sizing/fit-to-sizes.ts';
import { countWords } from '../words/amounts.ts';
import { assembleEvidence } from './assemble-evidence.ts';
import { keptNewWords } from './cold-start-words.ts';
import { ranToEnd } from './judge-memory.ts';
import { judgeStep, type StepJudgement } from './judge-step.ts';
import { notesFor } from './notes.ts';
import { reasonsFor, unchangedWords } from './reasons.ts';
import { savingsOf } from './savings.ts';
import { currentSetup, type StepSetup } from './step-setup.ts';

export interface StepInput {
  readonly flow: string;
  readonly step: string;
  /** Finished attempts of the step in any order. */
  readonly history: readonly AttemptUsage[];
  readonly policy: Policy;
  readonly prices: Prices;
  /** What the project's other steps tell, where that is known. */
  readonly projectFacts?: ProjectFacts;
  /** Networks trained on the project; each speaks only of attempts after all that it learnt from. */
  readonly nets?: readonly ProjectNet[];
}

/**
 * The tuner's word on one step: what it should ask for, with the proof, or why nothing is suggested.
 *
 * Memory, cores and GPUs are judged each by itself; a suggestion changes those that should change and
 * leaves the others as they are. Depends on nothing but its input, whatever the order of the history.
 */
export function decideStep(input: StepInput): Verdict {
  const { policy } = input;
  const left = leftAlone(policy);
  if (left !== undefined) return left;
  const attempts = input.history
    .filter((usage) => usage.outcome !== 'cached')
    .toSorted(compareAttempts);
  const setup = currentSetup(attempts);
  if (setup === undefined) return skip('too-few-attempts', 'No finished attempts yet.');
  const failing = newestAllFailed(attempts, policy.minAttempts);
  if (failing !== undefined) return failing;
  if (!asksForAnything(setup.effective)) {
    return skip(
      'nothing-requested',
      `The step declares no cpu, memory or gpu, and ${setup.backend} adds no default.`,
    );
  }

  const judgement = judgeStep({ ...input, attempts, setup });
  const { memory, cpu, gpu } = judgement;
  if (memory === undefined && cpu === undefined && gpu?.isChanged !== true) {
    return skip('too-few-attempts', tooFewWords(judgement, input));
  }
  return suggest(input, { attempts, setup, judgement });
}

interface Judged {
  readonly attempts: readonly AttemptUsage[];
  readonly setup: StepSetup;
  readonly judgement: StepJudgement;
}

const AT_LAUNCH_NOTE =
  'The source stays as it is: each task is sized by its features when it is launched, in mode `review` or `auto`.';

/** Other values; or, where those are best left as they are, a formula for each task; or why neither. */
function suggest(input: StepInput, judged: Judged): Verdict {
  const { setup, judgement } = judged;
  const { policy, prices } = input;
  const change = changeOf(judgement, setup.effective);
  const isChanging = asksForAnything(change);
  if (!isChanging && judgement.formula === undefined) {
    return skip(unchangedCode(judgement), unchangedWords(judgement));
  }
  const { memoryMiB = 0 } = setup.effective;
  const line = lineToPaste(setup, isChanging ? change : { memoryMiB });
  if (line.kind === 'no-effect') return skip('no-effect', line.detail);

  const savings = savingsOf({ ...judged, policy, prices });
  const note = isChanging ? line.note : AT_LAUNCH_NOTE;
  return {
    kind: 'suggest',
    strategy: policy.strategy,
    ...bodyOf({ input, ...judged, change, savings }),
    suggestedEffective: resources({ ...setup.effective, ...(isChanging && line.effective) }),
    decoratorLine: line.line,
    ...(note === undefined ? {} : { decoratorNote: note }),
  };
}

function leftAlone({ excluded, mode }: Policy): Skip | undefined {
  if (excluded) return skip('excluded', 'A policy excludes this step.');
  return mode === 'observe'
    ? skip('observed', 'A policy lets this step be observed only.')
    : undefined;
}

type BodyWithoutLine = Omit<
  SuggestionBody,
  'suggestedEffective' | 'decoratorLine' | 'decoratorNote'
>;

function bodyOf(
  found: Judged & {
    readonly input: StepInput;
    readonly change: ResourceAmounts;
    readonly savings: SuggestionBody['savings'];
  },
): BodyWithoutLine {
  const { attempts, setup, judgement, savings } = found;
  const { policy, prices } = found.input;
  return {
    backend: setup.backend,
    declared: resources(setup.declared),
    effective: resources(setup.effective),
    suggested: resources({ ...setup.effective, ...found.change }),
    plan: planOf(judgement, setup.effective, found.change, prices),
    ...operatorDefaultsOf(setup),
    reasons: reasonsFor({ setup, judgement, savings, prices }),
    savings,
    evidence: assembleEvidence({
      attempts,
      memory: judgement.memoryEvidence,
      cpu: judgement.cpu,
      gpu: judgement.gpu,
      notes: notesFor({ attempts, setup, judgement, policy }),
    }),
  };
}

/** What whoever edits the source cannot read there, and has to reckon with. */
function operatorDefaultsOf({ decorators }: StepSetup): Pick<SuggestionBody, 'operatorDefaults'> {
  const { cpu, memory } = attributesOf(decorators, KUBERNETES_DEFAULTS) ?? {};
  if (typeof cpu !== 'number' && typeof memory !== 'number') return {};
  return {
    operatorDefaults: {
      ...(typeof cpu === 'number' && { cpu }),
      ...(typeof memory === 'number' && { memory }),
    },
  };
}

/** One order for all sums, so that not even their rounding depends on how the attempts were read. */
function compareAttempts(a: AttemptUsage, b: AttemptUsage): number {
  return (
    a.endedAtMs - b.endedAtMs ||
    a.startedAtMs - b.startedAtMs ||
    compareText(a.run, b.run) ||
    compareText(a.task, b.task) ||
    a.attempt - b.attempt
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function skip(code: SkipCode, detail: string): Skip {
  return { kind: 'skip', code, detail };
}

/** Failures other than for want of memory say little about the need of work that succeeds. */
function newestAllFailed(attempts: readonly AttemptUsage[], minAttempts: number): Skip | undefined {
  const newest = attempts.toSorted((a, b) => b.endedAtMs - a.endedAtMs).slice(0, minAttempts);
  if (newest.some(({ outcome }) => outcome === 'succeeded' || outcome === 'oom')) return undefined;
  return skip(
    'attempts-failing',
    newest.length === 1
      ? 'The only attempt did not succeed.'
      : `None of the newest ${countWords(newest.length, 'attempt')} succeeded.`,
  );
}

function tooFewWords(
  { observations, usages }: StepJudgement,
  { policy, projectFacts }: StepInput,
): string {
  const seen = Math.max(ranToEnd(observations), usages.length);
  const have = `${countWords(seen, 'successful attempt')} with measured usage; the policy asks for ${policy.minAttempts}.`;
  const others = keptNewWords(policy, projectFacts);
  return others === '' ? have : `${have} ${others}`;
}

function unchangedCode({ memory, cpu, learning }: StepJudgement): SkipCode {
  if (memory?.kept !== undefined && memory.kept !== 'within-tolerance') return memory.kept;
  if (cpu?.isHeld !== true) return 'within-tolerance';
  return learning.cores.cores.kind === 'follows' ? 'follows-request' : 'saturated';
}

function asksForAnything({ cpuCores, memoryMiB, gpuCount }: ResourceAmounts): boolean {
  return cpuCores !== undefined || memoryMiB !== undefined || gpuCount !== undefined;
}

function changeOf(
  { memory, cpu, gpu, size }: StepJudgement,
  effective: ResourceAmounts,
): ResourceAmounts {
  return {
    ...differing('memoryMiB', size?.memoryMiB ?? memory?.plan.firstMiB, effective),
    ...differing('cpuCores', size?.cpuCores ?? cpu?.cpuCores, effective),
    ...(gpu?.isChanged === true ? { gpuCount: gpu.gpuCount } : {}),
  };
}

function differing(
  key: 'memoryMiB' | 'cpuCores',
  amount: number | undefined,
  effective: ResourceAmounts,
): ResourceAmounts {
  return amount === undefined || amount === effective[key] ? {} : { [key]: amount };
}

/** A retry changes memory only; the last attempt goes back to at least what is asked for today. */
function planOf(
  { memory }: StepJudgement,
  effective: ResourceAmounts,
  change: ResourceAmounts,
  prices: Prices,
): Plan {
  const first = { ...effective, ...change };
  const last = {
    ...first,
    ...(effective.cpuCores === undefined
      ? {}
      : { cpuCores: Math.max(effective.cpuCores, first.cpuCores ?? 0) }),
    ...(effective.gpuCount === undefined ? {} : { gpuCount: effective.gpuCount }),
  };
  if (memory === undefined) {
    return { first: resources(first), second: resources(first), last: resources(last) };
  }
  return {
    first: resources(first),
    second: resources(validRequest({ ...first, memoryMiB: memory.plan.secondMiB }, prices)),
    last: resources(validRequest({ ...last, memoryMiB: memory.plan.lastMiB }, prices)),
  };
}

/** Amounts as a suggestion shows them, in one order. */
function resources({ cpuCores, memoryMiB, gpuCount }: ResourceAmounts): Resources {
  return {
    ...(cpuCores === undefined ? {} : { cpuCores }),
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
    ...(gpuCount === undefined ? {} : { gpuCount }),
  };
}
