import { createShadowSizer } from '@stepfit/tuner/compare/shadow-sizer';
import type { Launch, Sizer, TraceTask } from '@stepfit/tuner/compare/sizer';
import type { NetAttempt, PastAttempt } from '@stepfit/tuner/quantile-net/attempt-facts';
import { createNetworkShadow } from '@stepfit/tuner/quantile-net/network-shadow';
import { createQuantileNet, type QuantileNet } from '@stepfit/tuner/quantile-net/quantile-net';
import type { Tensorflow } from '@stepfit/tuner/quantile-net/tensorflow';
import {
  DEFAULT_TRAINING,
  MIN_EXAMPLES,
  trainNetwork,
} from '@stepfit/tuner/quantile-net/train-network';
import { type Example, toExample } from '@stepfit/tuner/quantile-net/training-set';
import { toDistribution } from '@stepfit/tuner/sizing/shadow/distribution';
import { findLeastWaste } from '@stepfit/tuner/sizing/shadow/expected-waste';
import { cheapestOpinion } from '@stepfit/tuner/sizing/shadow/opinion';
import { DEFAULT_SHADOW_OPTIONS, type ShadowOptions } from '@stepfit/tuner/sizing/shadow/options';

/** What the network did besides what the tally counts. */
export interface NetworkLog {
  trainings: number;
  trainingMs: number;
  /** Tasks that shadows were asked about, and those where the network's bill was the least, by step. */
  readonly asked: Map<string, number>;
  readonly won: Map<string, number>;
  /** Tasks of steps without any past that the network sized, by their index. */
  readonly coldMiB: Map<number, number>;
}

export function createNetworkLog(): NetworkLog {
  return { trainings: 0, trainingMs: 0, asked: new Map(), won: new Map(), coldMiB: new Map() };
}

export interface NetworkSizerOptions {
  readonly tf: Tensorflow;
  readonly log: NetworkLog;
  readonly shadow: Partial<ShadowOptions>;
  /** Numbers that an attempt must state for the network to speak of it. */
  readonly minFeatures?: number;
  /** Whether it sizes the first attempts of a step, too, once it has learnt from so many other steps. */
  readonly coldAfterSteps?: number;
}

/** The network is trained afresh whenever so many times as many attempts have been learnt. */
const GROWTH = 1.3;

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The allocation of least expected waste for a step without any past, at most what was declared. */
function sizeCold(net: QuantileNet, attempt: NetAttempt, retryCost: number): number {
  const distribution = toDistribution(net.forecast(attempt), { tail: true });
  const { points, weights } = distribution;
  const mean = points.reduce((sum, point, i) => sum + point * (weights[i] ?? 0), 0);
  const terms = { failedShare: 1, price: retryCost * mean };
  return Math.min(attempt.declaredMiB, findLeastWaste(distribution, terms).allocation);
}

/**
 * The shadow method with the network as one more shadow of each step. It is trained on what has been learnt
 * by then and nothing else, in this thread: a benchmark has to wait for it anyway.
 */
export function createNetworkSizer({
  tf,
  log,
  shadow,
  minFeatures = 1,
  coldAfterSteps = Number.POSITIVE_INFINITY,
}: NetworkSizerOptions): Sizer {
  const { retryCost } = { ...DEFAULT_SHADOW_OPTIONS, ...shadow };
  const pasts = new Map<string, PastAttempt[]>();
  const launched = new Map<number, NetAttempt>();
  const examples: Example[] = [];
  let net: QuantileNet | undefined;
  let trainedOn = 0;

  const sizer = createShadowSizer(shadow, {
    shadowsOf: (step) => [createNetworkShadow({ step, netAt: () => net }, minFeatures)],
    onAsked({ step }, { opinions }) {
      const cheapest = cheapestOpinion(opinions)?.shadow.name;
      if (cheapest !== undefined) increment(log.asked, step);
      if (cheapest === 'network') increment(log.won, step);
    },
  });

  function pastOf(step: string): PastAttempt[] {
    const known = pasts.get(step) ?? [];
    pasts.set(step, known);
    return known;
  }

  function asLaunched({ step, declaredMiB, features }: Launch): NetAttempt {
    return { step, declaredMiB, features, past: pastOf(step).slice() };
  }

  function train(): void {
    if (examples.length < Math.max(MIN_EXAMPLES, GROWTH * trainedOn)) return;
    const startMs = performance.now();
    net = createQuantileNet(trainNetwork(tf, examples, DEFAULT_TRAINING));
    trainedOn = examples.length;
    log.trainings += 1;
    log.trainingMs += performance.now() - startMs;
  }

  return {
    ...sizer,
    predict(launch) {
      const attempt = asLaunched(launch);
      launched.set(launch.index, attempt);
      const allocatedMiB = sizer.predict(launch);
      const knownSteps = net?.weights.steps.length ?? 0;
      if (net === undefined || attempt.past.length > 0 || knownSteps < coldAfterSteps) {
        return allocatedMiB;
      }
      const coldMiB = sizeCold(net, attempt, retryCost);
      log.coldMiB.set(launch.index, coldMiB);
      return coldMiB;
    },
    observe(task: TraceTask) {
      const { launch, needMiB } = task;
      const attempt = launched.get(launch.index) ?? asLaunched(launch);
      launched.delete(launch.index);
      sizer.observe(task);
      pastOf(launch.step).push({ features: launch.features, needMiB });
      examples.push(toExample(attempt, needMiB));
      train();
    },
  };
}
