import { logOf } from './measure.ts';
import { bestSplit } from './modes.ts';
import { median, rankCorrelation } from './ranks.ts';
import { groupsScore } from './two-samples.ts';

/** What one attempt needed beside what was known of it before. */
export interface FeaturedNeed {
  readonly run: string;
  readonly need: number;
  readonly features: Readonly<Record<string, number | string | boolean>>;
}

/** A feature that divides the attempts into some that need much and some that need little. */
export interface Explanation {
  readonly feature: string;
  /** The attempts meant: those with this value, or with at least this number. */
  readonly value: string | number | boolean;
  readonly isThreshold: boolean;
  /** Share of the variance of the logarithm that it explains. */
  readonly explained: number;
  readonly those: Group;
  readonly others: Group;
}

interface Group {
  readonly typical: number;
  readonly attempts: number;
}

/** Chance that any feature is named where none matters, over all features together (Bonferroni). */
const FALSE_ALARM = 0.01;
/** What explains less than half is not the explanation. */
const LEAST_EXPLAINED = 0.5;
/** Closer together, one value serves both about as well. */
const LEAST_RATIO = 1.5;
/** A label with more values is a name, not a kind. */
const MOST_KINDS = 12;

/**
 * The feature that best explains why some attempts need much more than others: a label by its values
 * (Kruskal–Wallis), a number by the threshold that divides best (Spearman), believed at 1 % over all
 * features together. Tasks of one run with one value are one look, not many. `O(n log n)` a feature.
 */
export function explainNeed(attempts: readonly FeaturedNeed[]): Explanation | undefined {
  const needs = attempts.map(({ need }) => need);
  if (Math.max(...needs) < LEAST_RATIO * Math.min(...needs)) return undefined;
  const names = new Set(attempts.flatMap(({ features }) => Object.keys(features)));
  let best: Explanation | undefined;
  for (const name of [...names].toSorted()) {
    const known = attempts.flatMap(({ run, need, features }) => {
      const value = features[name];
      return value === undefined ? [] : [{ run, need, log: logOf(need), value }];
    });
    if (known.length < attempts.length || chanceOf(known) * names.size > FALSE_ALARM) continue;
    const numbers = numbersOf(known);
    const found = numbers === undefined ? byKind(name, known) : byThreshold(name, numbers);
    if (found !== undefined && found.explained > (best?.explained ?? LEAST_EXPLAINED)) best = found;
  }
  return best !== undefined && isMaterial(best) ? best : undefined;
}

interface Known<Value = number | string | boolean> {
  readonly run: string;
  readonly need: number;
  readonly log: number;
  readonly value: Value;
}

/** Undefined where any of the values is none. */
function numbersOf<One extends Known>(
  known: readonly One[],
): (One & { readonly value: number })[] | undefined {
  const numbers = known.filter(
    (one): one is One & { readonly value: number } => typeof one.value === 'number',
  );
  return numbers.length === known.length ? numbers : undefined;
}

/** The chance of an association of need and feature as strong as this, where there is none. */
function chanceOf(known: readonly Known[]): number {
  const cells = [...Map.groupBy(known, ({ run, value }) => JSON.stringify([run, value])).values()];
  const units = cells.flatMap((cell) => {
    const [first] = cell;
    return first === undefined ? [] : [{ ...first, log: median(cell.map(({ log }) => log)) }];
  });
  const numbers = numbersOf(units);
  if (numbers !== undefined) {
    const correlation = rankCorrelation(
      numbers.map(({ value }) => value),
      numbers.map(({ log }) => log),
    );
    return 2 * normalTail(Math.abs(correlation) * Math.sqrt(units.length - 1));
  }
  const kinds = [...Map.groupBy(units, ({ value }) => value).values()];
  if (kinds.length > MOST_KINDS) return 1;
  return normalTail(groupsScore(kinds.map((kind) => kind.map(({ log }) => log))));
}

function byThreshold(feature: string, known: readonly Known<number>[]): Explanation | undefined {
  const sorted = known.toSorted((a, b) => a.value - b.value || a.log - b.log);
  const split = bestSplit(
    sorted.map(({ log }) => log),
    (at) => sorted[at]?.value !== sorted[at - 1]?.value,
  );
  const first = sorted[split?.at ?? sorted.length];
  if (split === undefined || first === undefined) return undefined;
  return {
    feature,
    value: first.value,
    isThreshold: true,
    explained: split.explained,
    those: groupOf(sorted.slice(split.at)),
    others: groupOf(sorted.slice(0, split.at)),
  };
}

/** The value whose attempts need most, against all others. */
function byKind(feature: string, known: readonly Known[]): Explanation | undefined {
  const kinds = [...Map.groupBy(known, ({ value }) => value)].map(([value, those]) => ({
    value,
    those,
    typical: median(those.map(({ log }) => log)),
  }));
  const [most] = kinds.toSorted(
    (a, b) => b.typical - a.typical || (String(a.value) < String(b.value) ? -1 : 1),
  );
  if (most === undefined || kinds.length < 2) return undefined;
  const others = known.filter(({ value }) => value !== most.value);
  const divided = bestSplit(
    [...most.those, ...others].map(({ log }) => log),
    (at) => at === most.those.length,
  );
  return {
    feature,
    value: most.value,
    isThreshold: false,
    explained: divided?.explained ?? 0,
    those: groupOf(most.those),
    others: groupOf(others),
  };
}

function groupOf(known: readonly Known[]): Group {
  return { typical: median(known.map(({ need }) => need)), attempts: known.length };
}

function isMaterial({ those, others }: Explanation): boolean {
  const [low = 0, high = 0] = [those.typical, others.typical].toSorted((a, b) => a - b);
  return high >= LEAST_RATIO * low;
}

/**
 * `P(Z > score)` of the normal distribution, an upper bound within a fifth beyond 2 (Gordon, Annals of
 * Mathematical Statistics 12, 1941: `φ(z) / z`); below 1 it only says that it is not small.
 */
function normalTail(score: number): number {
  return score < 1 ? 1 : Math.exp((-score * score) / 2) / (score * Math.sqrt(2 * Math.PI));
}
