import type { MemoryReplay } from '../model/evidence.ts';
import type { MemoryFormula } from '../model/memory-formula.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import { type ConformalFactor, conformalFactor } from '../replay/conformal-factor.ts';
import type { AskedTask } from '../replay/replay-strategy.ts';
import { replayTask, summarizeReplay } from '../replay/replay-value.ts';
import type { ExceedanceBound, RiskBudget } from '../sizing/bounds/exceedance-bound.ts';
import type { Grid } from '../sizing/bounds/grid.ts';
import type { MemoryObservation } from '../sizing/memory-observation.ts';
import type { MemoryPlan } from '../sizing/plan-memory.ts';
import { evaluateFormula } from './evaluate-formula.ts';
import { candidatesFor, type FormulaCandidate } from './formula-candidates.ts';
import { planForTask, type TaskPlan } from './plan-for-task.ts';

/** A formula with its proof. */
export interface ProvenFormula {
  readonly formula: MemoryFormula;
  /** Of the tasks that a formula said something of, how many needed more than it asked for; within the risk. */
  readonly bound: ExceedanceBound;
  /** All tasks replayed: each by the formula of its time, else by the plan. */
  readonly row: MemoryReplay;
  /** What a task would have asked for by the formula of its time. */
  readonly planFor: (observation: MemoryObservation) => TaskPlan;
}

export interface FormulaInput {
  /** In order of their ends, as `observeMemory` returns them. */
  readonly observations: readonly MemoryObservation[];
  /** What the step is suggested to ask for without a formula. */
  readonly plan: MemoryPlan;
  readonly grid: Grid;
  readonly policy: Pick<Policy, 'minAttempts' | 'toleranceRatio'>;
  readonly budget: Omit<RiskBudget, 'surprises'>;
  readonly prices: Prices;
}

/**
 * A formula by one feature that a launcher can evaluate for each task, or undefined where none is worth it.
 *
 * It is found as it would have been used: before each task the candidate of least cost so far is asked, by
 * the attempts that had ended by then, and what the task then needed over what was asked is its score. The
 * factor is the conformal one over those scores, so that the choice of the feature is proven with it; and no less
 * than the one over the scores of the formula as it is now, which may ask for less than those before it did. It has
 * to be within the risk budget, and to have paid less than the step's one value by more than the tolerance,
 * retries included. Tasks that no formula said anything of run by the plan, and count for neither. Where
 * only some sizes are valid there is no formula.
 */
export function learnFormula(input: FormulaInput): ProvenFormula | undefined {
  if (input.prices.grid !== undefined) return undefined;
  const { asked, formula } = replayCandidates(input);
  if (formula === undefined || asked.length < input.policy.minAttempts) return undefined;
  const { factor, bound } = largerFactor(
    conformalFactor(asked, input.budget),
    conformalFactor(sizedByNow(formula, input.observations), input.budget),
  );
  return Number.isFinite(factor)
    ? provenFormula(input, { asked, formula, factor, bound })
    : undefined;
}

/** What the formula as it is now says of the tasks that it was learnt from. */
function sizedByNow(
  formula: MemoryFormula,
  observations: readonly MemoryObservation[],
): AskedTask[] {
  return observations.flatMap((observation) => {
    const firstMiB = evaluateFormula(formula, observation.features);
    return firstMiB === undefined ? [] : [{ observation, firstMiB }];
  });
}

function largerFactor(one: ConformalFactor, other: ConformalFactor): ConformalFactor {
  return other.factor > one.factor ? other : one;
}

function provenFormula(
  { observations, plan, grid, prices, policy }: FormulaInput,
  found: {
    readonly asked: readonly SizedTask[];
    readonly formula: MemoryFormula;
    readonly factor: number;
    readonly bound: ExceedanceBound;
  },
): ProvenFormula | undefined {
  const { asked, factor, bound } = found;
  const formula = { ...found.formula, factor };
  const plans = new Map(
    asked.map(({ observation, formula: ofItsTime }) => [
      observation,
      planForTask(plan, { ...ofItsTime, factor }, grid, observation.features),
    ]),
  );
  const isWorthIt =
    paidWith(asked, ({ observation }) => plans.get(observation) ?? plan) <
    paidWith(asked, () => plan) * (1 - policy.toleranceRatio);
  if (!isWorthIt) return undefined;
  function planFor(observation: MemoryObservation): TaskPlan {
    return plans.get(observation) ?? { ...plan, sizedBy: 'plan' };
  }
  const newest = observations.at(-1);
  return {
    formula,
    bound,
    row: {
      kind: 'strategy',
      label: 'by formula',
      memoryMiB: newest === undefined ? plan.firstMiB : planFor(newest).firstMiB,
      ...summarizeReplay(
        observations.map((observation) => replayTask(observation, planFor(observation))),
        prices,
      ),
    },
    planFor,
  };
}

function paidWith(asked: readonly SizedTask[], planOf: (task: SizedTask) => MemoryPlan): number {
  return asked.reduce(
    (sum, task) => sum + replayTask(task.observation, planOf(task)).paidGibHours,
    0,
  );
}

/** A task that a formula said something of, by what was known before it started. */
interface SizedTask extends AskedTask {
  readonly formula: MemoryFormula;
}

function replayCandidates({ observations, policy }: FormulaInput): {
  asked: readonly SizedTask[];
  formula: MemoryFormula | undefined;
} {
  const race = startRace(observations);
  const byStart = observations.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  const asked: SizedTask[] = [];
  let learnt = 0;
  for (const observation of byStart) {
    const { startedAtMs } = observation;
    let next = observations[learnt];
    // A task that took no time must not have learnt from itself, hence the second condition.
    while (next !== undefined && next.endedAtMs <= startedAtMs && next.startedAtMs < startedAtMs) {
      race.learn(next);
      learnt += 1;
      next = observations[learnt];
    }
    if (learnt < policy.minAttempts) continue;
    const formula = race.leader();
    const firstMiB = formula && evaluateFormula(formula, observation.features);
    if (formula !== undefined && firstMiB !== undefined) {
      asked.push({ observation, firstMiB, formula });
    }
    race.charge(observation);
  }
  for (const observation of observations.slice(learnt)) race.learn(observation);
  return { asked, formula: race.leader() };
}

interface Race {
  readonly learn: (observation: MemoryObservation) => void;
  /** Charges everybody for what they say of a task, before it is learnt. */
  readonly charge: (observation: MemoryObservation) => void;
  /** The formula that would have asked for least so far; undefined where that is one value for all. */
  readonly leader: () => MemoryFormula | undefined;
}

/** A candidate with what it would have cost so far, against asking for the largest need seen by then. */
interface Rival {
  readonly candidate: FormulaCandidate;
  asked: number;
  /** Sum of what it asked for over the largest need seen by then. */
  shares: number;
  /** The most that a task needed over what was asked for it. */
  worstScore: number;
}

/**
 * All candidates beside one value for all, the largest need seen. The cost of each is what it asked for on
 * average, raised by its worst score: what it would have taken for no task to fail.
 */
function startRace(observations: readonly MemoryObservation[]): Race {
  const rivals = candidatesFor(observations).map((candidate): Rival => ({
    candidate,
    asked: 0,
    shares: 0,
    worstScore: 0,
  }));
  let largestNeedMiB = 0;
  let costOfOneValue = 0;
  return {
    learn(observation) {
      for (const { candidate } of rivals) candidate.learn(observation);
      largestNeedMiB = Math.max(largestNeedMiB, observation.needMiB);
    },
    charge({ features, needMiB }) {
      if (!(largestNeedMiB > 0)) return;
      costOfOneValue = Math.max(costOfOneValue, needMiB / largestNeedMiB);
      for (const rival of rivals) {
        const formula = rival.candidate.formula();
        const askedMiB = formula && evaluateFormula(formula, features);
        if (askedMiB === undefined || !(askedMiB > 0)) continue;
        rival.asked += 1;
        rival.shares += askedMiB / largestNeedMiB;
        rival.worstScore = Math.max(rival.worstScore, needMiB / askedMiB);
      }
    },
    leader() {
      const ranked = rivals
        .filter(({ asked }) => asked > 0)
        .map((rival) => ({ rival, cost: rival.worstScore * (rival.shares / rival.asked) }))
        .toSorted((one, other) => one.cost - other.cost);
      const [best] = ranked;
      return best !== undefined && best.cost < costOfOneValue
        ? best.rival.candidate.formula()
        : undefined;
    },
  };
}
