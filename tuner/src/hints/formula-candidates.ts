import type { MemoryFormula } from '../model/memory-formula.ts';
import type { MemoryObservation } from '../sizing/memory-observation.ts';
import { MIN_RELATED } from '../sizing/shadow/support.ts';

/** One way of telling the need by a feature, learning attempt by attempt. */
export interface FormulaCandidate {
  readonly learn: (observation: MemoryObservation) => void;
  /** The formula by what was learnt, with a factor of 1; undefined while that relates nothing. */
  readonly formula: () => MemoryFormula | undefined;
}

/** Values of a feature that differ by less than this share of the largest are one value. */
const MIN_INPUT_SPREAD = 1e-3;
/** No prediction falls below this share of the least need seen, so that a steep slope stays positive. */
const LEAST_SHARE = 0.3;

/**
 * A straight line through the attempts that state a number for the feature: least squares, kept up by
 * Welford's updates (Welford 1962), so that learning an attempt costs the same however many were learnt.
 */
export function lineCandidate(feature: string): FormulaCandidate {
  let count = 0;
  let meanInput = 0;
  let meanNeed = 0;
  let inputSpread = 0;
  let joint = 0;
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  let leastNeedMiB = Number.POSITIVE_INFINITY;
  return {
    learn({ features, needMiB }) {
      const input = features[feature];
      if (typeof input !== 'number') return;
      count += 1;
      const fromMean = input - meanInput;
      meanInput += fromMean / count;
      meanNeed += (needMiB - meanNeed) / count;
      inputSpread += fromMean * (input - meanInput);
      joint += fromMean * (needMiB - meanNeed);
      from = Math.min(from, input);
      to = Math.max(to, input);
      leastNeedMiB = Math.min(leastNeedMiB, needMiB);
    },
    formula() {
      const spread = MIN_INPUT_SPREAD * Math.max(Math.abs(from), Math.abs(to));
      if (count < MIN_RELATED || !(to - from > spread) || !(inputSpread > 0)) return undefined;
      const slopeMiB = joint / inputSpread;
      const baseMiB = meanNeed - slopeMiB * meanInput;
      if (!Number.isFinite(slopeMiB) || !Number.isFinite(baseMiB)) return undefined;
      const leastMiB = LEAST_SHARE * leastNeedMiB;
      return { kind: 'line', feature, baseMiB, slopeMiB, leastMiB, from, to, factor: 1 };
    },
  };
}

/** The largest need of the attempts with the same label, where enough have had it. */
export function labelCandidate(feature: string): FormulaCandidate {
  const byLabel = new Map<string, { attempts: number; needMiB: number }>();
  return {
    learn({ features, needMiB }) {
      const label = features[feature];
      if (typeof label !== 'string' && typeof label !== 'boolean') return;
      const known = byLabel.get(String(label)) ?? { attempts: 0, needMiB: 0 };
      byLabel.set(String(label), {
        attempts: known.attempts + 1,
        needMiB: Math.max(known.needMiB, needMiB),
      });
    },
    formula() {
      const told = [...byLabel].filter(([, { attempts }]) => attempts >= MIN_RELATED);
      if (byLabel.size < 2 || told.length === 0) return undefined;
      const needsMiB = Object.fromEntries(told.map(([label, { needMiB }]) => [label, needMiB]));
      return { kind: 'labels', feature, needsMiB, factor: 1 };
    },
  };
}

/** A candidate for each feature that any of the observations states, by name. */
export function candidatesFor(
  observations: readonly MemoryObservation[],
): readonly FormulaCandidate[] {
  const kinds = new Map<string, Set<string>>();
  for (const { features } of observations) {
    for (const [feature, value] of Object.entries(features)) {
      kinds.set(feature, (kinds.get(feature) ?? new Set()).add(typeof value));
    }
  }
  return [...kinds]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([feature, found]) => [
      ...(found.has('number') ? [lineCandidate(feature)] : []),
      ...(found.has('string') || found.has('boolean') ? [labelCandidate(feature)] : []),
    ]);
}
