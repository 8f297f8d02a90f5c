import type { MemoryReplay } from '../model/evidence.ts';
import type { Prices } from '../model/prices.ts';
import { fitToGrid, type Grid } from '../sizing/bounds/grid.ts';
import type { MemoryObservation } from '../sizing/memory-observation.ts';
import type { MemoryEstimate, MemoryStrategy, StrategyContext } from '../sizing/memory-strategy.ts';
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

/** What a rule asked for before a task started, and what the task then needed. */
export interface AskedTask {
  readonly observation: MemoryObservation;
  readonly firstMiB: number;
}

export interface StrategyReplay {
  readonly row: MemoryReplay;
  /** The tasks that the rule was asked about, by their starts; the first ones run as declared. */
  readonly asked: readonly AskedTask[];
  /** What it would ask for now, for a task like the newest; absent while it is not asked. */
  readonly now?: MemoryEstimate;
  /** The same, asked however few tasks it has learnt; absent where it has learnt nothing. */
  readonly afterAll?: MemoryEstimate;
}

const NONE = {};

/**
 * Replays a rule as if it had been in force from the start: before each task it is asked afresh, and it
 * has learnt only from tasks that had ended by then. The first tasks run with what was declared.
 */
export function replayStrategy(input: StrategyReplayInput): StrategyReplay {
  const { strategy, observations, prices } = input;
  const learner = strategy.start(input.context);
  const byStart = observations.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  const tasks: ReplayedTask[] = [];
  const asked: AskedTask[] = [];
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

  function ask(observation: MemoryObservation, startsAtMs: number): MemoryEstimate | undefined {
    const features = input.byFeatures ? observation.features : NONE;
    return learner.estimate({ startsAtMs, features });
  }

  function askAfterAll(): Pick<StrategyReplay, 'now' | 'afterAll'> {
    const newest = observations.at(-1);
    const afterAll = newest && ask(newest, Number.POSITIVE_INFINITY);
    if (afterAll === undefined) return {};
    return learnt < input.minAttempts ? { afterAll } : { now: afterAll, afterAll };
  }

  function plan(firstMiB: number, declaredMiB: number): MemoryPlan {
    return planMemory({
      firstMiB,
      largestNeedMiB,
      declaredMiB,
      grid: input.grid,
      retry: input.context,
    });
  }

  for (const observation of byStart) {
    learnUntil(observation.startedAtMs);
    const declaredMiB = observation.requestMiB ?? input.declaredMiB;
    const isAsked = learnt >= input.minAttempts;
    const wishMiB = isAsked ? ask(observation, observation.startedAtMs)?.firstMiB : undefined;
    const firstMiB = wishMiB === undefined ? declaredMiB : fitToGrid(wishMiB, input.grid);
    tasks.push(replayTask(observation, plan(firstMiB, declaredMiB)));
    if (wishMiB !== undefined) asked.push({ observation, firstMiB });
  }
  learnUntil(Number.POSITIVE_INFINITY);
  const estimates = askAfterAll();
  const { now } = estimates;
  const row = {
    kind: 'strategy' as const,
    label: input.byFeatures ? `${strategy.name} by features` : strategy.name,
    memoryMiB: now === undefined ? input.declaredMiB : fitToGrid(now.firstMiB, input.grid),
    ...summarizeReplay(tasks, prices),
  };
  return { row, asked, ...estimates };
}

/** Replays strategies over observations, all with one value for every attempt. */
export type StrategyReplayer = (
  strategy: MemoryStrategy,
  observations: readonly MemoryObservation[],
) => StrategyReplay;

/**
 * A strategy is asked what it suggests, and then what it would have done: the same replay answers both, and
 * the second time it is there.
 */
export function rememberReplays(
  common: Omit<StrategyReplayInput, 'strategy' | 'byFeatures' | 'observations'>,
): StrategyReplayer {
  const done: { readonly input: StrategyReplayInput; readonly replay: StrategyReplay }[] = [];
  return (strategy, observations) => {
    const known = done.find(
      ({ input }) => input.strategy === strategy && isSame(input.observations, observations),
    );
    if (known !== undefined) return known.replay;
    const input = { ...common, strategy, byFeatures: false, observations };
    const replay = replayStrategy(input);
    done.push({ input, replay });
    return replay;
  };
}

function isSame<Item>(one: readonly Item[], other: readonly Item[]): boolean {
  return one.length === other.length && one.every((item, place) => item === other[place]);
}
