import { memoryPerUnitWords, memoryWords, numberWords, shareWords } from '../../words/amounts.ts';
import { type Features, type FinishedAttempt, isPositive, numericSample } from './askable.ts';
import type { Opinion } from './opinion.ts';
import { fitLine, predictLine } from './support.ts';

/**
 * What a shadow does, as a formula that a reader can check by hand: `410 MiB + 2.1 MiB × items, + 6 %`.
 * Needs are in MiB. The margin is what least expected waste adds to, or takes from, the plain prediction
 * for an attempt with `features`.
 */
export function describeOpinion(
  { shadow, allocation }: Opinion,
  attempts: readonly FinishedAttempt[],
  features: Features,
): string {
  const { form, feature } = shadow;
  const value = feature === undefined ? undefined : features[feature];
  if (form === 'several') {
    return `${memoryWords(allocation)} for the newest attempt`;
  }
  if (feature === undefined || value === undefined) {
    return `largest need of ${attempts.length}, ${withMargin(largestNeed(attempts), allocation)}`;
  }
  if (!isPositive(value)) {
    const same = attempts.filter((attempt) => attempt.features[feature] === value);
    return `largest need of ${same.length} with ${feature} = ${value}, ${withMargin(largestNeed(same), allocation)}`;
  }
  const sample = numericSample(attempts, feature);
  if (form === 'linear' || form === 'linear-local') {
    const line = fitLine(sample.inputs, sample.needs);
    const base = line.meanNeed - line.slope * line.meanInput;
    const sign = line.slope < 0 ? '−' : '+';
    const slope = `${sign} ${memoryPerUnitWords(Math.abs(line.slope))} × ${feature}`;
    return `${memoryWords(base)} ${slope}, ${margin(predictLine(line, value), allocation)}`;
  }
  if (form === 'log-linear') {
    const line = fitLine(sample.inputs.map(Math.log), sample.needs.map(Math.log));
    const factor = Math.exp(line.meanNeed - line.slope * line.meanInput);
    const power = Number(line.slope.toPrecision(2));
    const predicted = Math.exp(predictLine(line, Math.log(value)));
    return `${memoryPerUnitWords(factor)} × ${feature}^${power}, ${margin(predicted, allocation)}`;
  }
  return `needs of the attempts with ${feature} near ${numberWords(value)}: ${memoryWords(allocation)}`;
}

function largestNeed(attempts: readonly FinishedAttempt[]): number {
  return attempts.reduce((most, { need }) => Math.max(most, need), 0);
}

function withMargin(need: number, allocation: number): string {
  return `${memoryWords(need)}, ${margin(need, allocation)}`;
}

/** `+ 6 %`, or `− 6 %` where letting the few largest fail is cheaper. */
function margin(predicted: number, allocation: number): string {
  const share = predicted > 0 ? allocation / predicted - 1 : 0;
  return `${share < 0 ? '−' : '+'} ${shareWords(Math.abs(share))}`;
}
