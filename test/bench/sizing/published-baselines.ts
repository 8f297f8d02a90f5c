import { type Contender, sizerContender } from '@stepfit/tuner/compare/contenders';
import { runPaper, runProtocol, type StepTallies } from '@stepfit/tuner/compare/protocols';
import type { Launch, Sizer, TraceTask } from '@stepfit/tuner/compare/sizer';

/**
 * Ways of sizing that others published and the product does not offer, as their code has them. The feature
 * `rchar` is their size of the input.
 */

export interface StepHistory {
  readonly needs: number[];
  readonly inputs: number[];
}

/** Histories by step, filled as tasks end. */
function createHistories(): { of(launch: Launch): StepHistory; add(task: TraceTask): void } {
  const histories = new Map<string, StepHistory>();
  function of({ step }: Launch): StepHistory {
    const known = histories.get(step);
    if (known !== undefined) return known;
    const fresh = { needs: [], inputs: [] };
    histories.set(step, fresh);
    return fresh;
  }
  return {
    of,
    add({ launch, needMiB }) {
      const history = of(launch);
      history.needs.push(needMiB);
      history.inputs.push(inputOf(launch));
    },
  };
}

function inputOf({ features }: Launch): number {
  return Number(features['rchar'] ?? 0);
}

function double(_launch: Launch, previousMiB: number): number {
  return 2 * previousMiB;
}

/** A function of the needs seen, doubled on failure. */
function createFixedRule(rule: (needs: readonly number[]) => number): Sizer {
  const histories = createHistories();
  return {
    predict(launch) {
      const { needs } = histories.of(launch);
      return needs.length > 0 ? rule(needs) : launch.declaredMiB;
    },
    observe: (task) => {
      histories.add(task);
    },
    retry: double,
  };
}

function maximum(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** Linear interpolation between order statistics, as `numpy.percentile`. */
function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (place - below);
}

function standardDeviation(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** Least squares, as a function of the input. */
export function fitLine({ inputs, needs }: StepHistory): (input: number) => number {
  const count = inputs.length;
  const meanInput = inputs.reduce((sum, value) => sum + value, 0) / count;
  const meanNeed = needs.reduce((sum, value) => sum + value, 0) / count;
  let spread = 0;
  let joint = 0;
  for (const [i, value] of inputs.entries()) {
    spread += (value - meanInput) ** 2;
    joint += (value - meanInput) * ((needs[i] ?? 0) - meanNeed);
  }
  const slope = spread > 0 ? joint / spread : 0;
  return (input) => meanNeed + slope * (input - meanInput);
}

/**
 * Witt et al.: linear regression on the input, raised by the standard deviation of past relative errors
 * (`all`) or of under-predictions (`under`).
 */
function createWittRegression(errorsUsed: 'all' | 'under', errors: number[]): Sizer {
  const histories = createHistories();
  const predicted = new Map<number, number>();
  return {
    predict(launch) {
      const history = histories.of(launch);
      if (history.needs.length < 2) return launch.declaredMiB;
      const value = fitLine(history)(inputOf(launch));
      predicted.set(launch.index, value);
      const used = errorsUsed === 'all' ? errors : errors.filter((error) => error > 0);
      return value + standardDeviation(used) * value;
    },
    observe(task) {
      const value = predicted.get(task.launch.index);
      if (value !== undefined) errors.push((task.needMiB - value) / task.needMiB);
      predicted.delete(task.launch.index);
      histories.add(task);
    },
    retry: double,
  };
}

/** The published code keeps one list of errors for all steps and lets both variants write into it in turn. */
const WITT_REGRESSION: Contender = {
  name: 'Witt LR',
  words: 'linear in the input + standard deviation of under-predictions',
  run(protocol, tasks, options): StepTallies {
    const errors: number[] = [];
    const under = createWittRegression('under', errors);
    if (protocol !== 'paper') return runProtocol(protocol, under, tasks, options);
    const all = createWittRegression('all', errors);
    return runPaper([all, under], tasks, options)[1] ?? new Map();
  },
};

export const PUBLISHED_BASELINES: readonly Contender[] = [
  sizerContender('max seen', 'the largest need seen, doubled on failure', () =>
    createFixedRule(maximum),
  ),
  sizerContender('max × 1.1', 'the largest need seen + 10 %, doubled on failure', () =>
    createFixedRule((needs) => 1.1 * maximum(needs)),
  ),
  sizerContender('Witt percentile', 'P95 of the needs seen, doubled on failure', () =>
    createFixedRule((needs) => percentile(needs, 0.95)),
  ),
  WITT_REGRESSION,
];
