import type { ProjectNet } from '@stepfit/tuner/model/project-net';
import type { NetAttempt, PastAttempt } from '@stepfit/tuner/quantile-net/attempt-facts';
import { FACT_COUNT } from '@stepfit/tuner/quantile-net/attempt-facts';
import { initialWeights } from '@stepfit/tuner/quantile-net/network-tensors';
import { createRandom } from '@stepfit/tuner/quantile-net/random';

/** An attempt as it looked when it started, and its need. */
export interface FinishedTask {
  readonly attempt: NetAttempt;
  readonly needMiB: number;
}

/** Steps that need `base` MiB plus `slope` MiB for each item, within ± 5 %, of 16 GiB declared. */
const STEPS = [
  { step: 'load', base: 300, slope: 2 },
  { step: 'train', base: 4000, slope: 10 },
  { step: 'report', base: 120, slope: 0 },
];

/** Attempts of three steps taking turns, each told what had ended before it. */
export function finishedTasks(attempts: number, seed = 1): FinishedTask[] {
  const random = createRandom(seed);
  const past = new Map<string, PastAttempt[]>();
  return Array.from({ length: attempts }, (_, place) => {
    const { step, base, slope } = STEPS[place % STEPS.length] ?? { step: '', base: 0, slope: 0 };
    const features = { items: 1 + Math.floor(400 * random()), kind: 'csv' };
    const needMiB = (base + slope * features.items) * (0.95 + 0.1 * random());
    const before = past.get(step) ?? [];
    past.set(step, [...before, { features, needMiB }]);
    const attempt: NetAttempt = { step, declaredMiB: 16_384, features, past: before };
    return { attempt, needMiB };
  });
}

/** A network that has learnt nothing, as if it had from attempts until then. */
export function projectNet(learntUntilMs: number, steps: readonly string[] = ['F/s']): ProjectNet {
  return {
    learntUntilMs,
    weights: {
      version: 1,
      means: Array.from({ length: FACT_COUNT }, () => 0),
      deviations: Array.from({ length: FACT_COUNT }, () => 1),
      steps,
      ...initialWeights(steps.length, createRandom(learntUntilMs)),
    },
  };
}
