import type { CodeEpochs } from '../learning/code-epochs.ts';
import type { Drift } from '../learning/drift.ts';
import { type Explanation, explainNeed } from '../learning/features.ts';
import { explainShift } from '../learning/input-shift.ts';
import type { MemoryLearning, MemoryMeasure } from '../learning/learn-memory.ts';
import { findTwoModes } from '../learning/modes.ts';
import { tailOf } from '../learning/tail.ts';
import { countWords, memoryWords, shareWords } from '../words/amounts.ts';
import { versionWords } from './learning-words.ts';

/** Which attempts the word on memory rests on, and what their needs look like, in sentences. */
export function* learningNotes(learning: MemoryLearning, currentMiB: number): Generator<string> {
  yield* epochNotes(learning.epochs, learning.priorAttempts);
  if (learning.drift !== undefined) yield* driftNotes(learning, learning.drift, currentMiB);
  yield* requestNotes(learning);
  yield* shapeNotes(learning);
}

function* epochNotes(
  {
    relation,
    counted,
    older,
    version,
    versionAttempts,
    versions,
    untried,
  }: CodeEpochs<MemoryMeasure>,
  priorAttempts: number,
): Generator<string> {
  if (versions < 2) return;
  const newest = versionWords(version);
  if (untried.length > 0) {
    yield `No attempt of ${newest} of the code has run to its end yet: nothing is taken away until some have.`;
    return;
  }
  const attempts = countWords(counted.length, 'attempt');
  const earlier = countWords(older.length, 'attempt');
  switch (relation) {
    case 'only':
      yield `${countWords(versions, 'version')} of the code are in use by turns; their ${attempts} count as one.`;
      break;
    case 'alike':
      yield `The code has changed: ${newest} needs what ${versions === 2 ? 'the one' : `the ${versions - 1}`} before it did, as far as ${countWords(versionAttempts, 'attempt')} tell, so all ${attempts} count.`;
      break;
    case 'changing':
      yield `The code changes with almost every run: ${newest} has ${countWords(versionAttempts, 'attempt')}, and none of the ${versions - 1} before it moved the need, so all ${attempts} count.`;
      break;
    case 'differs':
      yield `Only the ${attempts} of ${newest} of the code count: the ${earlier} of earlier code needed another amount.`;
      break;
    case 'untold':
      yield `Only the ${attempts} of ${newest} of the code count: whether it needs what earlier code did cannot be told yet. Of the ${earlier} before it, ${priorAttempts} are kept in mind: nothing is suggested that would not do for them.`;
      break;
    default:
      relation satisfies never;
  }
}

function* driftNotes(
  { epochs, observations, headroom }: MemoryLearning,
  drift: Drift,
  currentMiB: number,
): Generator<string> {
  const since = new Date(drift.sinceMs).toISOString().slice(0, 10);
  if (drift.kind === 'growth') {
    const largestMiB = Math.max(...observations.map(({ needMiB }) => needMiB));
    const left = Math.floor(Math.log(currentMiB / largestMiB) / drift.slope);
    yield (
      `The need has grown by about ${shareWords(headroom?.growthRatio ?? 0)} a run over ${countWords(drift.runs, 'run')}, since ${since}.` +
        (left > 0
          ? ` At this pace the ${memoryWords(currentMiB)} asked for are used up in about ${countWords(left, 'run')}.`
          : '')
    );
    return;
  }
  if (drift.kind === 'comes-and-goes') {
    yield `The need rose and fell again, last on ${since}, to ${shareWords(drift.ratio)} of what it was. It may rise once more, so all attempts count.`;
    return;
  }
  if (drift.kind === 'fell-with-request') {
    yield `The need fell to ${shareWords(drift.ratio)} of what it was with the run of ${since}, but the step was not always given the same, and usage may have followed: all attempts count.`;
    return;
  }
  const moved =
    drift.ratio >= 1
      ? `rose to ${times(drift.ratio)} what it was`
      : `fell to ${shareWords(drift.ratio)} of what it was`;
  yield `The need ${moved} with the run of ${since}, and no change of code explains it: only the ${countWords(observations.length, 'attempt')} since then count.`;
  const measures = epochs.counted.map((measure) => ({
    ...measure,
    features: measure.observation.features,
  }));
  const input = explainShift(measures, drift.sinceMs);
  if (input !== undefined) {
    yield `It is the input that moved: \`${input.feature}\` went to ${times(input.ratio)} what it was at the same time, and accounts for it.`;
  }
}

function* requestNotes({ request }: MemoryLearning): Generator<string> {
  if (request.kind !== 'independent') return;
  const { low, high } = request;
  yield `Usage does not follow the request: typically ${memoryWords(low.used)} of ${memoryWords(low.requested)}, and ${memoryWords(high.used)} of ${memoryWords(high.requested)}.`;
}

function* shapeNotes({ observations }: MemoryLearning): Generator<string> {
  const exact = observations.filter(({ knowledge }) => knowledge === 'exact');
  const needs = exact.map(({ needMiB }) => needMiB);
  const { lead, heavy } = tailOf(needs);
  if (lead !== undefined) {
    yield `The largest of ${countWords(needs.length, 'attempt')} needed ${memoryWords(lead.largest)}, ${times(lead.ratio)} the second largest: that one decides the value.`;
  }
  if (heavy !== undefined) {
    yield `The needs have a heavy tail (Hill's index ${heavy.index.toFixed(1)} over the largest ${heavy.values}): twice the largest need is to be expected once in about ${countWords(heavy.attempts, 'attempt')}.`;
  }
  const modes = findTwoModes(needs);
  if (modes !== undefined) {
    yield `There are two kinds of attempts: ${modes.low.attempts} need about ${memoryWords(modes.low.typical)}, ${modes.high.attempts} about ${memoryWords(modes.high.typical)}.`;
  }
  const reason = explainNeed(exact.map((one) => ({ ...one, need: one.needMiB })));
  // A number that explains a smooth spread is what sizing by features is for; a label is for the flow.
  if (reason !== undefined && (modes !== undefined || !reason.isThreshold)) {
    yield explanationWords(reason);
  }
}

function explanationWords({ feature, value, isThreshold, those, others }: Explanation): string {
  const which = isThreshold
    ? `\`${feature}\` of at least ${String(value)}`
    : `\`${feature}\` = ${String(value)}`;
  return (
    `Attempts with ${which} typically need ${memoryWords(those.typical)}, the others ${memoryWords(others.typical)} ` +
    `(${those.attempts} and ${others.attempts}): a step of their own for each could ask for less.`
  );
}

/** `twice`, `2.5 times`. */
function times(ratio: number): string {
  const text = ratio < 10 ? ratio.toFixed(1).replace(/\.0$/, '') : ratio.toFixed(0);
  return text === '2' ? 'twice' : `${text} times`;
}
