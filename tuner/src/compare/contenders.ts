import { DEFAULT_SHADOW_OPTIONS } from '../sizing/shadow/options.ts';
import { maxMargin } from '../sizing/strategies/max-margin.ts';
import { minWaste } from '../sizing/strategies/min-waste.ts';
import { percentile } from '../sizing/strategies/percentile.ts';
import { runBestConstant } from './best-constant.ts';
import { type Protocol, type ProtocolOptions, runProtocol, type StepTallies } from './protocols.ts';
import { createShadowSizer } from './shadow-sizer.ts';
import type { Sizer, TraceTask } from './sizer.ts';
import { createStrategySizer, doubled, largestThenDoubled } from './strategy-sizer.ts';

/** A way of sizing that takes part in a comparison. */
export interface Contender {
  readonly name: string;
  /** What it is, in a clause. */
  readonly words: string;
  /** Runs it from nothing over one trace. */
  readonly run: (
    protocol: Protocol,
    tasks: readonly TraceTask[],
    options: ProtocolOptions,
  ) => StepTallies;
}

export function sizerContender(name: string, words: string, create: () => Sizer): Contender {
  return {
    name,
    words,
    run: (protocol, tasks, options) => runProtocol(protocol, create(), tasks, options),
  };
}

const VPA_BUMP_RATIO = 1.2;
/** 100 MB, in MiB. */
const VPA_BUMP_MIB = 1e8 / 1_048_576;

/** VPA's bump after running out of memory, see `strategies/percentile.ts`. */
function vpaBump(previousMiB: number): number {
  return Math.max(previousMiB * VPA_BUMP_RATIO, previousMiB + VPA_BUMP_MIB);
}

/** What people asked for. */
export const DECLARED = sizerContender('declared', 'what people asked for', () => ({
  predict: (launch) => launch.declaredMiB,
  observe: () => undefined,
  retry: (_launch, previousMiB) => doubled(previousMiB),
}));

/** The product's strategies as their sources have them, each with its own way of retrying. */
export const PEERS: readonly Contender[] = [
  sizerContender('max-margin', 'KRR: the largest need seen + 15 %, doubled on failure', () =>
    createStrategySizer(maxMargin, doubled),
  ),
  sizerContender('percentile', 'VPA: decaying P90 + 15 %, + 20 % on failure', () =>
    createStrategySizer(percentile, vpaBump),
  ),
  sizerContender('min-waste', 'Tovar et al.: least expected waste, the maximum on failure', () =>
    createStrategySizer(minWaste, largestThenDoubled),
  ),
];

export const BEST_CONSTANT: Contender = {
  name: 'best constant',
  words: 'one value a step, chosen in hindsight: nobody can know it',
  run: runBestConstant,
};

/** The shadow method with a failure priced as `retryCost` attempts more, or as its default says. */
export function shadowContender(retryCost = DEFAULT_SHADOW_OPTIONS.retryCost): Contender {
  const cost = retryCost === 1 ? 'one more attempt' : `${retryCost} more attempts`;
  return sizerContender(
    retryCost === DEFAULT_SHADOW_OPTIONS.retryCost ? 'shadow' : `shadow, λ = ${retryCost}`,
    `many small predictors, the cheapest decide; a failure costs people ${cost}`,
    () => createShadowSizer({ retryCost }),
  );
}
