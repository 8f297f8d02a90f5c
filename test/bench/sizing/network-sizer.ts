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
import { planFirst, type PlanFacts, planRetry } from '@stepfit/tuner/sizing/shadow/plan';
import {
  type Consultation,
  createStepSizer,
  type StepSizer,
} from '@stepfit/tuner/sizing/shadow/step-sizer';

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
  /** Whether it sizes the first attempts of a step, too, once it has learnt from so many other steps. */
  readonly coldAfterSteps?: number;
}

interface Step {
  readonly sizer: StepSizer;
  readonly asked: Map<
    number,
    { readonly consultation: Consultation; readonly attempt: NetAttempt }
  >;
  readonly openFailures: Map<number, number>;
  readonly past: PastAttempt[];
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
  coldAfterSteps,
}: NetworkSizerOptions): Sizer {
  const options = { ...DEFAULT_SHADOW_OPTIONS, ...shadow };
  const steps = new Map<string, Step>();
  const project = { attempts: 0, needHours: 0, hours: 0 };
  const examples: Example[] = [];
  let net: QuantileNet | undefined;
  let trainedOn = 0;

  function stepOf({ step, declaredMiB }: Launch): Step {
    const known = steps.get(step);
    if (known !== undefined) return known;
    const network = createNetworkShadow({ step, declaredMiB }, () => net);
    const several = [...options.several, network];
    const sizer = createStepSizer({ ...options, several }, () => project);
    const fresh: Step = { sizer, asked: new Map(), openFailures: new Map(), past: [] };
    steps.set(step, fresh);
    return fresh;
  }

  function factsOf(launch: Launch, { sizer, openFailures }: Step, wish?: number): PlanFacts {
    return {
      wish,
      declared: launch.declaredMiB,
      largestNeed: sizer.largestNeed(),
      count: sizer.count(),
      largestOpenFailure: Math.max(0, ...openFailures.values()),
    };
  }

  function ask(
    launch: Launch,
    { sizer, past }: Step,
  ): { consultation: Consultation; attempt: NetAttempt } {
    const { step, declaredMiB, features } = launch;
    return {
      consultation: sizer.consult(features),
      attempt: { step, declaredMiB, features, past: past.slice() },
    };
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
    predict(launch) {
      const step = stepOf(launch);
      const asked = ask(launch, step);
      step.asked.set(launch.index, asked);
      const { wish, opinions } = asked.consultation;
      const cheapest = cheapestOpinion(opinions)?.shadow.name;
      if (cheapest !== undefined) increment(log.asked, launch.step);
      if (cheapest === 'network') increment(log.won, launch.step);
      const mayBeCold = coldAfterSteps !== undefined && wish === undefined;
      if (mayBeCold && net !== undefined && net.weights.steps.length >= coldAfterSteps) {
        const allocatedMiB = sizeCold(net, asked.attempt, options.retryCost);
        log.coldMiB.set(launch.index, allocatedMiB);
        return allocatedMiB;
      }
      return planFirst(factsOf(launch, step, wish));
    },
    observe({ launch, needMiB, hours }: TraceTask) {
      const step = stepOf(launch);
      const { consultation, attempt } = step.asked.get(launch.index) ?? ask(launch, step);
      step.sizer.learn({ features: launch.features, need: needMiB, hours }, consultation);
      step.asked.delete(launch.index);
      step.openFailures.delete(launch.index);
      step.past.push({ features: launch.features, needMiB });
      project.attempts += 1;
      project.needHours += needMiB * hours;
      project.hours += hours;
      examples.push(toExample(attempt, needMiB));
      train();
    },
    observeFailure(launch, allocatedMiB) {
      stepOf(launch).openFailures.set(launch.index, allocatedMiB);
    },
    retry(launch, previousMiB, failures) {
      return planRetry(factsOf(launch, stepOf(launch)), previousMiB, failures);
    },
  };
}
