import { logOf } from './measure.ts';
import { median } from './ranks.ts';
import {
  type CellFeatures,
  labelFeatures,
  leastAssociation,
  numericFeatures,
} from './unexplained-association.ts';

/** What one attempt used beside what it was given, both in one unit. */
export interface UsedOfRequest {
  readonly run: string;
  readonly requested: number;
  readonly used: number;
  readonly features: Readonly<Record<string, number | string | boolean>>;
}

/** How usage relates to the request, over attempts that were given different amounts. */
export interface RequestRelation {
  /**
   * `untested`: every attempt was given about the same. `follows`: usage moves with the request.
   * `independent`: it does not. `unclear`: too few attempts to say.
   */
  readonly kind: 'untested' | 'follows' | 'independent' | 'unclear';
  /** Medians of the attempts that were given less, and of those that were given more. */
  readonly low: { readonly requested: number; readonly used: number };
  readonly high: { readonly requested: number; readonly used: number };
}

/** Requests closer together than this tell nothing: usage varies by as much on its own. */
const LEAST_SPREAD = Math.log(1.25);

/** With fewer runs on either side, chance alone orders them once in twenty times. */
const FEWEST = 3;

/** The upper 2.5 % point of the normal distribution, the usual one: three against three can reach it. */
const FOLLOWS_SCORE = 1.96;

/** Growth of usage in per cent for 1 % of the request: 1 follows it wholly, 0 not at all. */
const FOLLOWS_ELASTICITY = 0.5;
const INDEPENDENT_ELASTICITY = 0.2;

/**
 * Whether a step sizes itself by what it is given: a JVM heap, Spark, Dask, a cache, threads by cores.
 *
 * Usage follows the request where the two are associated (Spearman, one-sided 2.5 %) and usage grows by at
 * least half of what the request grows by. An association that a feature carries does not count: there
 * the request was made to follow the need. The unit is the run
 * with one request. `O(n log n)` for each feature.
 */
export function relateToRequest(attempts: readonly UsedOfRequest[]): RequestRelation {
  const cells = cellsOf(attempts);
  const requests = cells.map(({ requested }) => requested);
  const middle = (Math.min(...requests) + Math.max(...requests)) / 2;
  const low = cells.filter(({ requested }) => requested < middle);
  const high = cells.filter(({ requested }) => requested >= middle);
  const [lowMedian, highMedian] = [low, high].map((side) => ({
    requested: median(side.map(({ requested }) => requested)),
    used: median(side.map(({ used }) => used)),
  })) as [Side, Side];
  const spread = highMedian.requested - lowMedian.requested;
  return {
    kind: kindOf(cells, {
      fewest: Math.min(low.length, high.length),
      spread,
      elasticity: (highMedian.used - lowMedian.used) / spread,
    }),
    low: amounts(lowMedian),
    high: amounts(highMedian),
  };
}

interface Side {
  readonly requested: number;
  readonly used: number;
}

/** Medians of the logarithms of one run’s attempts with one request. */
type Cell = Side & CellFeatures;

function kindOf(
  cells: readonly Cell[],
  sides: { readonly fewest: number; readonly spread: number; readonly elasticity: number },
): RequestRelation['kind'] {
  if (sides.fewest === 0 || sides.spread < LEAST_SPREAD) return 'untested';
  if (sides.fewest < FEWEST) return 'unclear';
  if (sides.elasticity < INDEPENDENT_ELASTICITY) return 'independent';
  const isAssociated = leastAssociation(cells) * Math.sqrt(cells.length - 1) >= FOLLOWS_SCORE;
  return isAssociated && sides.elasticity >= FOLLOWS_ELASTICITY ? 'follows' : 'unclear';
}

function cellsOf(attempts: readonly UsedOfRequest[]): Cell[] {
  const known = attempts.filter(({ requested }) => requested > 0);
  const groups = Map.groupBy(known, ({ run, requested }) => JSON.stringify([run, requested]));
  return [...groups.values()].map((group) => ({
    requested: median(group.map(({ requested }) => logOf(requested))),
    used: median(group.map(({ used }) => logOf(used))),
    numbers: numericFeatures(group),
    labels: labelFeatures(group),
  }));
}

function amounts({ requested, used }: Side): { requested: number; used: number } {
  return { requested: Math.exp(requested), used: Math.exp(used) };
}
