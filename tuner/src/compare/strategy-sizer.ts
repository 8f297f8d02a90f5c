import { DEFAULT_POLICY } from '../model/policy.ts';
import type { MemoryLearner, MemoryStrategy } from '../sizing/memory-strategy.ts';
import type { Launch, Sizer } from './sizer.ts';

/** What the next attempt gets, MiB, given what the last one ran out of and the largest need seen, MiB. */
export type RetryRule = (previousMiB: number, largestNeedMiB: number) => number;

export function doubled(previousMiB: number): number {
  return 2 * previousMiB;
}

/** The largest need seen; beyond it, twice as much each time. */
export function largestThenDoubled(previousMiB: number, largestNeedMiB: number): number {
  return previousMiB < largestNeedMiB ? largestNeedMiB : 2 * previousMiB;
}

interface Step {
  readonly learner: MemoryLearner;
  largestNeedMiB: number;
}

/**
 * One of the product's strategies, asked afresh before each task; what was declared, where it has learnt
 * nothing yet.
 */
export function createStrategySizer(strategy: MemoryStrategy, retryRule: RetryRule): Sizer {
  const steps = new Map<string, Step>();
  function stepOf({ step }: Launch): Step {
    const known = steps.get(step);
    if (known !== undefined) return known;
    const fresh = { learner: strategy.start(DEFAULT_POLICY), largestNeedMiB: 0 };
    steps.set(step, fresh);
    return fresh;
  }
  return {
    predict(launch) {
      const { submittedAtMs, features, declaredMiB } = launch;
      const coming = { startsAtMs: submittedAtMs, features };
      return stepOf(launch).learner.estimate(coming)?.firstMiB ?? declaredMiB;
    },
    observe({ launch, needMiB, completedAtMs, hours }) {
      const step = stepOf(launch);
      step.largestNeedMiB = Math.max(step.largestNeedMiB, needMiB);
      step.learner.learn({
        run: '',
        task: String(launch.index),
        attempt: 0,
        seenMiB: needMiB,
        needMiB,
        knowledge: 'exact',
        wasKilled: false,
        requestMiB: launch.declaredMiB,
        startedAtMs: launch.submittedAtMs,
        endedAtMs: completedAtMs,
        durationHours: hours,
        features: launch.features,
      });
    },
    retry: (launch, previousMiB) => retryRule(previousMiB, stepOf(launch).largestNeedMiB),
  };
}
