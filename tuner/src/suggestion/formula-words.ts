import type { LabelFormula, LineFormula, MemoryFormula } from '../model/memory-formula.ts';
import { memoryPerUnitWords, memoryWords, numberWords } from '../words/amounts.ts';

/** More labels than this are counted, not listed. */
const LABELS_SHOWN = 4;
/** Of where a formula begins and ends to say something. */
const LIMIT_DIGITS = 6;

/** A formula as a reader can check it: `(400 MiB + 1 MiB × rows) × 1.12, for rows from 100 to 3990`. */
export function formulaWords(formula: MemoryFormula): string {
  return formula.kind === 'line' ? lineWords(formula) : labelWords(formula);
}

function lineWords({ baseMiB, slopeMiB, feature, from, to, factor }: LineFormula): string {
  const slope = `${memoryPerUnitWords(Math.abs(slopeMiB))} × ${feature}`;
  const sum = `${memoryWords(baseMiB)} ${slopeMiB < 0 ? '−' : '+'} ${slope}`;
  return `${timesWords(sum, factor)}, for ${feature} from ${numberWords(from, LIMIT_DIGITS)} to ${numberWords(to, LIMIT_DIGITS)}`;
}

function labelWords({ feature, needsMiB, factor }: LabelFormula): string {
  const known = Object.entries(needsMiB).toSorted(([, one], [, other]) => other - one);
  const shown = known
    .slice(0, LABELS_SHOWN)
    .map(([label, needMiB]) => `${memoryWords(needMiB)} where ${feature} is ${label}`);
  const rest = known.length - shown.length;
  const more = rest > 0 ? `, and so on for ${rest} more` : '';
  return timesWords(`${shown.join(', ')}${more}`, factor);
}

function timesWords(prediction: string, factor: number): string {
  const times = numberWords(factor);
  return times === '1' ? prediction : `(${prediction}) × ${times}`;
}
