import type { MemorySource } from '@stepfit/sdk-plugin/contract/attributes';

import type { RequestRelation } from '../learning/follows-request.ts';
import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { FailureBound } from '../model/evidence.ts';
import type { Policy } from '../model/policy.ts';
import { MIN_SURPRISES } from '../sizing/bounds/surprise-tail.ts';
import { countWords, memoryWords, shareWords } from '../words/amounts.ts';
import { ranToEnd } from './judge-memory.ts';
import type { StepJudgement } from './judge-step.ts';
import { learningNotes } from './learning-notes.ts';
import type { StepSetup } from './step-setup.ts';

export interface NotesInput {
  readonly attempts: readonly AttemptUsage[];
  readonly setup: StepSetup;
  readonly judgement: StepJudgement;
  readonly policy: Policy;
}

/** Sources that only see the moments at which they look. */
const SAMPLED: ReadonlySet<MemorySource> = new Set(['pss', 'rss']);

/** This close to its limit, usage may be following the limit instead of the work. */
const NEAR_LIMIT_RATIO = 0.95;

/** What a careful reader should know before trusting the numbers, each in a sentence or two. */
export function notesFor(input: NotesInput): string[] {
  return [...memoryNotes(input), ...cpuNotes(input), ...historyNotes(input)];
}

function* memoryNotes(input: NotesInput): Generator<string> {
  const { attempts, judgement } = input;
  if (judgement.memory === undefined) {
    if (input.setup.effective.memoryMiB !== undefined) {
      yield `Memory is not judged: ${countWords(ranToEnd(judgement.observations), 'successful attempt')} with a measured peak.`;
    }
    return;
  }
  if (!judgement.memory.isChanged) yield `Memory stays: ${judgement.memory.words}.`;
  yield* learningNotes(judgement.learning.memory, input.setup.effective.memoryMiB ?? 0);
  yield* boundNotes(input);
  const sampled = attempts.filter(
    ({ peakMemorySource }) => peakMemorySource !== undefined && SAMPLED.has(peakMemorySource),
  ).length;
  if (sampled > 0) {
    yield `The peaks of ${countWords(sampled, 'attempt')} come from samples alone, without a mark of the kernel: a peak between two samples may be missed.`;
  }
  const near = attempts.filter(
    ({ peakMemoryMiB, limitMemoryMiB }) =>
      peakMemoryMiB !== undefined &&
      limitMemoryMiB !== undefined &&
      peakMemoryMiB >= NEAR_LIMIT_RATIO * limitMemoryMiB,
  ).length;
  if (near > 0) yield nearWords(near, judgement.learning.memory.request);
}

/** Usage at the limit has two explanations, and only attempts with other requests tell which it is. */
function nearWords(near: number, { kind }: RequestRelation): string {
  const seen = `In ${countWords(near, 'attempt')} usage came within 5 % of the limit`;
  if (kind === 'follows') return `${seen}, as it does whatever the limit is.`;
  if (kind === 'independent') return `${seen}: it was short of memory.`;
  const others =
    kind === 'untested'
      ? 'All attempts were given about the same, so it cannot be told which'
      : 'Too few attempts were given another amount to tell which';
  return `${seen}: either it was short of memory, or the program sizes itself by what it finds (a JVM heap, a cache), and then less might do. ${others}.`;
}

function* boundNotes({ judgement, policy }: NotesInput): Generator<string> {
  const bound = judgement.memoryEvidence?.memoryBound;
  if (bound !== undefined && bound.distributionFreeBound > policy.riskRatio) {
    yield boundWords(bound, policy);
  }
  const killed = judgement.observations.filter(({ knowledge }) => knowledge === 'above');
  if (killed.length > 0) {
    const largest = Math.max(...killed.map(({ seenMiB }) => seenMiB));
    yield `${countWords(killed.length, 'attempt')} ran out of memory, at ${memoryWords(largest)} at most, and no retry showed the need: 20 % more, and at least 100 MiB more, is assumed, and each counts as failed in the bound.`;
  }
  const early = judgement.observations.filter(({ knowledge }) => knowledge === 'at-least').length;
  if (early > 0) {
    yield `${countWords(early, 'attempt')} ended early for other reasons; their peaks are taken as lower bounds.`;
  }
  const suggested = judgement.memoryEvidence?.memoryReplay.find((row) => row.label === 'suggested');
  if (suggested !== undefined && suggested.failures > 0) {
    yield 'The replay repeats a failed attempt with the next value of the plan. Metaflow by itself repeats it with the same value.';
  }
}

/** What k of n prove, and what has to be supposed beyond that. */
function boundWords(bound: FailureBound, { riskRatio }: Policy): string {
  const seen =
    `${bound.failures} of ${bound.attempts} would have failed; that proves at most ` +
    `${shareWords(bound.distributionFreeBound)} at ${shareWords(bound.confidence)} confidence.`;
  const needed = `${bound.attemptsNeeded} failure-free attempts prove ${shareWords(riskRatio)}.`;
  if (bound.upperBound > riskRatio) return `${seen} ${needed}`;
  const rest =
    bound.surprises < MIN_SURPRISES
      ? `supposes that of attempts above the largest need seen, at most one in c^${bound.tailIndex} needs c times it`
      : `rests on how far the project's steps went the ${bound.surprises} times that they needed more than ever before`;
  return `${seen} That at most ${shareWords(bound.upperBound)} of the next will fail ${rest}. Without that, ${needed}`;
}

function* cpuNotes({ judgement, setup }: NotesInput): Generator<string> {
  if (judgement.cpu === undefined) {
    if (setup.effective.cpuCores !== undefined) {
      yield `Cores are not judged: ${countWords(judgement.usages.length, 'successful attempt')} with a CPU profile.`;
    }
    return;
  }
  if (!judgement.cpu.isChanged) yield `Cores stay: ${judgement.cpu.words}.`;
  if (judgement.cpu.throttleWords !== undefined) yield judgement.cpu.throttleWords;
  if (judgement.cpu.shortageWords !== undefined) yield judgement.cpu.shortageWords;
  yield judgement.cpu.waitShare === undefined
    ? 'Cores in use are averages between two samples: shorter bursts and waiting for a core do not show in them.'
    : 'Cores in use are averages between two samples: shorter bursts do not show in them.';
}

function* historyNotes({ attempts, setup }: NotesInput): Generator<string> {
  if (attempts.length > 1 && new Set(attempts.map(({ run }) => run)).size === 1) {
    yield 'All attempts belong to one run: another run may need more, and of a run still going on the smaller tasks end first.';
  }
  const unmeasured = attempts.filter(({ peakMemoryMiB }) => peakMemoryMiB === undefined).length;
  if (unmeasured > 0) {
    yield `${countWords(unmeasured, 'attempt')} without a measured memory peak ${unmeasured === 1 ? 'says' : 'say'} nothing here.`;
  }
  const elsewhere = attempts.filter(
    ({ backend }) => backend !== undefined && backend !== setup.backend,
  ).length;
  if (elsewhere > 0) {
    yield `${countWords(elsewhere, 'attempt')} ran on another backend than ${setup.backend}.`;
  }
}
