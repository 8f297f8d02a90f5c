import type { AskedShadow, Shadow } from './askable.ts';
import { toDistribution, type Distribution } from './distribution.ts';
import { expectedWaste, type FailureTerms, findLeastWaste, retryAt } from './expected-waste.ts';
import type { ShadowOptions } from './options.ts';

/** What one shadow says of an attempt; amounts in the unit of the needs. */
export interface Opinion {
  readonly shadow: Shadow;
  readonly allocation: number;
  readonly retry: number;
  readonly distribution: Distribution;
  /** Waste it is billed for on average; its own expectation while it has no bill, infinite while on trial. */
  readonly bill: number;
}

/** Shadows that weigh less than this share of the cheapest say nothing. */
const MIN_WEIGHT = 1e-3;

/** The allocation of least expected waste under what a shadow holds plausible. */
export function formOpinion(
  { shadow, support }: AskedShadow,
  context: {
    readonly terms: FailureTerms;
    readonly options: Pick<ShadowOptions, 'tail'>;
    /** Its mean bill, where it has one. */
    readonly bill: number | undefined;
  },
): Opinion {
  const distribution = toDistribution(support, context.options);
  const { allocation, waste } = findLeastWaste(distribution, context.terms);
  const retry = retryAt(distribution);
  return { shadow, allocation, retry, distribution, bill: context.bill ?? waste };
}

/**
 * Weight of each shadow's word: (cheapest bill / its bill) to the power √n. With few attempts all are
 * heard; as bills add up, only those about as cheap as the cheapest.
 */
function weighOpinions(opinions: readonly Opinion[], attempts: number): number[] {
  const cheapest = Math.min(...opinions.map((opinion) => opinion.bill));
  return opinions.map(({ bill }) => {
    const weight = bill > cheapest ? (cheapest / bill) ** Math.sqrt(attempts) : 1;
    return weight < MIN_WEIGHT ? 0 : weight;
  });
}

/** The opinion of the lowest bill, the first of equals; undefined for none. */
export function cheapestOpinion(opinions: readonly Opinion[]): Opinion | undefined {
  let cheapest: Opinion | undefined;
  for (const opinion of opinions) {
    if (cheapest === undefined || opinion.bill < cheapest.bill) cheapest = opinion;
  }
  return cheapest;
}

/** Of the allocations proposed, the one of least waste under all distributions, each with its weight. */
function decideTogether(
  opinions: readonly Opinion[],
  attempts: number,
  terms: FailureTerms,
): number | undefined {
  const weights = weighOpinions(opinions, attempts);
  const heard = opinions
    .map(({ allocation, distribution }, i) => ({
      allocation,
      distribution,
      weight: weights[i] ?? 0,
    }))
    .filter(({ weight }) => weight > 0);
  let best: { allocation: number; waste: number } | undefined;
  for (const { allocation } of heard) {
    let waste = 0;
    for (const { distribution, weight } of heard) {
      waste += weight * expectedWaste(distribution, allocation, terms);
    }
    if (best === undefined || waste < best.waste) best = { allocation, waste };
  }
  return best?.allocation;
}

function largestPlausible({ distribution }: Opinion): number {
  return distribution.points.at(-1) ?? 0;
}

/** Those whose bill says something; all where none does. */
export function heardOf(opinions: readonly Opinion[]): readonly Opinion[] {
  const heard = opinions.filter(({ bill }) => Number.isFinite(bill));
  return heard.length > 0 ? heard : opinions;
}

/** The allocation that the opinions lead to; `attempts` is the number they rest on. Undefined for none. */
export function decideAllocation(
  opinions: readonly Opinion[],
  attempts: number,
  terms: FailureTerms,
  options: Pick<ShadowOptions, 'noRetry' | 'decision'>,
): number | undefined {
  if (opinions.length === 0) return undefined;
  if (options.noRetry) return Math.max(...heardOf(opinions).map(largestPlausible));
  if (options.decision === 'cheapest') return cheapestOpinion(opinions)?.allocation;
  return decideTogether(opinions, attempts, terms);
}
