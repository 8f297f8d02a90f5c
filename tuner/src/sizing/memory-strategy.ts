import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { MemoryMethod } from '../model/evidence.ts';
import type { Policy, StrategyName } from '../model/policy.ts';
import type { ProjectFacts, Spending } from '../model/project-facts.ts';
import type { StepNetwork } from '../quantile-net/network-shadow.ts';
import type { MemoryObservation } from './memory-observation.ts';

/** What is known about an attempt before it starts. */
export interface ComingAttempt {
  readonly startsAtMs: number;
  readonly features: AttemptUsage['features'];
}

/** What a strategy knows besides the step's own attempts, and what it is asked to weigh. */
export interface StrategyContext {
  /** Accepted share of first attempts that run out of memory. */
  readonly riskRatio: number;
  /** What a failed attempt costs people on top of what it cost to run: 1 is the attempt once more. */
  readonly retryCost: number;
  /** True: a retry is not acceptable. */
  readonly noRetry: boolean;
  /** What is supposed of needs beyond the largest seen. */
  readonly tailIndex: number;
  /** The attempts of the whole project, in MiB-hours, where they are known. */
  readonly projectSpending?: Spending;
  /** The networks trained on the project, as this step asks them; absent where there are none. */
  readonly network?: StepNetwork;
}

/** The context that a policy and, where they are known, the project's facts make. */
export function strategyContext(
  { riskRatio, retryCost, noRetry, tailIndex }: Policy,
  projectFacts?: ProjectFacts,
  network?: StepNetwork,
): StrategyContext {
  return {
    riskRatio,
    retryCost,
    noRetry,
    tailIndex,
    ...(projectFacts === undefined ? {} : { projectSpending: projectFacts.spending }),
    ...(network === undefined ? {} : { network }),
  };
}

export interface MemoryEstimate {
  /** Request for the first attempt, MiB, before rounding, floor and cap. */
  readonly firstMiB: number;
  /** How the value came about: a clause that follows the value. */
  readonly words: string;
  /** For those who want to check it. */
  readonly method?: MemoryMethod;
}

/**
 * What a strategy has learnt of one step. Observations come in order of their ends; an estimate rests
 * on nothing but what was learnt before it.
 */
export interface MemoryLearner {
  readonly learn: (observation: MemoryObservation) => void;
  /** Undefined while it has learnt nothing. */
  readonly estimate: (coming: ComingAttempt) => MemoryEstimate | undefined;
}

/** A rule that sizes memory from a step's history. Deterministic, and blind to the future. */
export interface MemoryStrategy {
  readonly name: StrategyName;
  /** A learner that has seen nothing. */
  readonly start: (context: StrategyContext) => MemoryLearner;
}
