import type { MemoryReplay } from '../model/evidence.ts';
import type { Prices } from '../model/prices.ts';
import { fitToGrid, type Grid } from '../sizing/bounds/grid.ts';
import type { MemoryObservation } from '../sizing/memory-observation.ts';
import type { MemoryStrategy, StrategyContext } from '../sizing/memory-strategy.ts';
import { type MemoryPlan, planMemory } from '../sizing/plan-memory.ts';
import { replayTask, type ReplayedTask, summarizeReplay } from './replay-value.ts';

export interface StrategyReplayInput {
  readonly strategy: MemoryStrategy;
  readonly context: StrategyContext;
  /** True: each attempt is sized by its own features, as a launcher can; false: as one value in the source. */
  readonly byFeatures: boolean;
  /** In order of their ends, as `observeMemory` returns them. */
  readonly observations: readonly MemoryObservation[];
  /** What people ask for now: stands in where an attempt's own request is not known. */
  readonly declaredMiB: number;
  /** Observations a strategy must have learnt before it is asked; until then, what was declared. */
  readonly minAttempts: number;
  readonly grid: Grid;
  readonly prices: Prices;
}

const NONE = {};

/**
 * Replays a rule as if it had been in force from the start: before each task it is asked afresh, and it
 * has learnt only from tasks that had ended by then. The first tasks run with what was declared.
 */
export function replayStrategy(input: StrategyReplayInput): MemoryReplay {
  const { strategy, observations, prices } = input;
  const learner = strategy.start(input.context);
  const byStart = observations.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  const tasks: ReplayedTask[] = [];
  let learnt = 0;
  let largestNeedMiB = 0;

  // A task that took no time must not have learnt from itself, hence the second condition.
  function learnUntil(timeMs: number): void {
    for (
      let next = observations[learnt];
      next !== undefined && next.endedAtMs <= timeMs && next.startedAtMs < timeMs;
      next = observations[learnt]
    ) {
      learner.learn(input.byFeatures ? next : { ...next, features: NONE });
      largestNeedMiB = Math.max(largestNeedMiB, next.needMiB);
      learnt += 1;
    }
  }

  function plan(declaredMiB: number, observation?: MemoryObservation): MemoryPlan {
    const estimate =
      learnt < input.minAttempts
        ? undefined
        : learner.estimate({
            startsAtMs: observation?.startedAtMs ?? Number.POSITIVE_INFINITY,
            features: (input.byFeatures ? observation?.features : undefined) ?? {},
          });
    const firstMiB =
      estimate === undefined ? declaredMiB : fitToGrid(estimate.firstMiB, input.grid);
    return planMemory({ ...estimate, firstMiB, largestNeedMiB, declaredMiB, grid: input.grid });
  }

  for (const observation of byStart) {
    learnUntil(observation.startedAtMs);
    const declaredMiB = observation.requestMiB ?? input.declaredMiB;
    tasks.push(replayTask(observation, plan(declaredMiB, observation)));
  }
  learnUntil(Number.POSITIVE_INFINITY);
  return {
    kind: 'strategy',
    label: input.byFeatures ? `${strategy.name} by features` : strategy.name,
    memoryMiB: plan(input.declaredMiB).firstMiB,
    ...summarizeReplay(tasks, prices),
  };
}
