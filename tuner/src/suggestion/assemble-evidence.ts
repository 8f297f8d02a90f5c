import type { ProvenFormula } from '../hints/learn-formula.ts';
import type { AttemptUsage } from '../model/attempt-usage.ts';
import type { Distribution, Evidence, FailureBound, MemoryReplay } from '../model/evidence.ts';
import type { Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import type { ProjectFacts } from '../model/project-facts.ts';
import type { ProjectNet } from '../model/project-net.ts';
import { stepNetwork } from '../quantile-net/network-shadow.ts';
import type { StrategyReplayer } from '../replay/replay-strategy.ts';
import { largestByName, replayValue } from '../replay/replay-value.ts';
import { exceedance } from '../sizing/bounds/exceedance-bound.ts';
import { attemptsNeeded } from '../sizing/bounds/failure-bound.ts';
import { fitToGrid, type Grid } from '../sizing/bounds/grid.ts';
import type { MemoryObservation } from '../sizing/memory-observation.ts';
import { strategyContext } from '../sizing/memory-strategy.ts';
import { type MemoryPlan, planMemory } from '../sizing/plan-memory.ts';
import type { CpuSizing } from '../sizing/size-cpu.ts';
import type { GpuSizing } from '../sizing/size-gpu.ts';
import { riskBudget } from '../sizing/size-memory.ts';
import { MEMORY_STRATEGIES } from '../sizing/strategies/all.ts';
import { formulaWords } from './formula-words.ts';
import { judgeByFeatures } from './judge-by-features.ts';

export interface MemoryEvidenceInput {
  readonly flow: string;
  readonly step: string;
  readonly observations: readonly MemoryObservation[];
  readonly plan: MemoryPlan;
  readonly currentMiB: number;
  readonly policy: Policy;
  readonly grid: Grid;
  readonly prices: Prices;
  readonly projectFacts?: ProjectFacts;
  readonly nets?: readonly ProjectNet[];
  /** Replays that sizing has asked for before. */
  readonly replayOf: StrategyReplayer;
  /** Absent where none is proven. */
  readonly formula?: ProvenFormula;
}

export type MemoryEvidence = Pick<
  Evidence,
  | 'peakMemoryMiB'
  | 'largest'
  | 'memoryReplay'
  | 'memoryBound'
  | 'memoryMethod'
  | 'memoryFormula'
  | 'formulaProof'
>;

/** Replays of the current and the suggested value, of its neighbours, and of every strategy. */
export function memoryEvidence(input: MemoryEvidenceInput): MemoryEvidence {
  const { observations, currentMiB, policy, grid, prices, projectFacts, formula } = input;
  const peakMemoryMiB = distribution(observations.map(({ seenMiB }) => seenMiB));
  const common = {
    context: strategyContext(policy, projectFacts, stepNetwork(input)),
    observations,
    declaredMiB: currentMiB,
    minAttempts: policy.minAttempts,
    grid,
    prices,
  };
  const byFeatures = judgeByFeatures(common, riskBudget(policy));
  const strategies = Object.values(MEMORY_STRATEGIES).map((strategy) =>
    input.replayOf(strategy, observations),
  );
  const memoryMethod =
    byFeatures?.method ?? strategies.find(({ now }) => now?.method !== undefined)?.now?.method;
  return {
    ...(peakMemoryMiB === undefined ? {} : { peakMemoryMiB }),
    largest: largestByName(observations),
    memoryReplay: [
      ...replayLadder(input),
      ...(formula === undefined ? [] : [formula.row]),
      ...(byFeatures === undefined ? [] : [byFeatures.row]),
      ...strategies.map(({ row }) => row),
    ],
    memoryBound: failureBound(input),
    ...(memoryMethod === undefined ? {} : { memoryMethod }),
    ...(formula === undefined ? {} : proofOf(formula, policy)),
  };
}

function proofOf(
  { formula, bound }: ProvenFormula,
  { riskConfidence: confidence }: Policy,
): Pick<Evidence, 'memoryFormula' | 'formulaProof'> {
  const { failures, attempts, upperBound } = bound;
  return {
    memoryFormula: formula,
    formulaProof: { words: formulaWords(formula), failures, attempts, confidence, upperBound },
  };
}

function replayLadder({
  observations,
  plan,
  currentMiB,
  policy,
  grid,
  prices,
}: MemoryEvidenceInput): MemoryReplay[] {
  const largestNeedMiB = Math.max(0, ...observations.map((observation) => observation.needMiB));
  function replayAt(firstMiB: number, label: string): MemoryReplay {
    const planned =
      firstMiB === plan.firstMiB
        ? plan
        : planMemory({ firstMiB, largestNeedMiB, declaredMiB: currentMiB, grid, retry: policy });
    return replayValue(observations, planned, label, prices);
  }
  const rows = [replayAt(currentMiB, 'current')];
  if (plan.firstMiB !== currentMiB) rows.push(replayAt(plan.firstMiB, 'suggested'));
  const neighbours = [0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2].map((factor) =>
    fitToGrid(plan.firstMiB * factor, grid),
  );
  const shown = new Set([currentMiB, plan.firstMiB]);
  for (const memoryMiB of neighbours) {
    if (shown.has(memoryMiB)) continue;
    shown.add(memoryMiB);
    rows.push(replayAt(memoryMiB, 'neighbour'));
  }
  return rows;
}

/** k of n with its bound: `exceedance` says what counts, and what is supposed. */
function failureBound({
  observations,
  plan,
  policy,
  projectFacts,
}: MemoryEvidenceInput): FailureBound {
  const { riskRatio, riskConfidence: confidence, tailIndex } = policy;
  const budget = riskBudget(policy, projectFacts);
  return {
    ...exceedance(observations, budget).at(plan.firstMiB),
    confidence,
    tailIndex,
    surprises: budget.surprises?.length ?? 0,
    attemptsNeeded: attemptsNeeded(riskRatio, confidence),
  };
}

/** Nearest-rank quantiles: each is a value that was seen. */
function distribution(values: readonly number[]): Distribution | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  function rank(share: number): number {
    return sorted[Math.ceil(share * sorted.length) - 1] ?? max ?? 0;
  }
  return { min, median: rank(0.5), p95: rank(0.95), max };
}

/** Joins what was found out about each resource. `attempts` is not empty. */
export function assembleEvidence(input: {
  readonly attempts: readonly AttemptUsage[];
  readonly memory: MemoryEvidence | undefined;
  readonly cpu: CpuSizing | undefined;
  readonly gpu: GpuSizing | undefined;
  readonly notes: readonly string[];
}): Evidence {
  const { attempts, memory, cpu, gpu } = input;
  const sources: Record<string, number> = {};
  for (const { peakMemorySource } of attempts) {
    if (peakMemorySource === undefined) continue;
    sources[peakMemorySource] = (sources[peakMemorySource] ?? 0) + 1;
  }
  return {
    attempts: attempts.length,
    runs: new Set(attempts.map((usage) => usage.run)).size,
    firstAttemptAt: isoTime(Math.min(...attempts.map((usage) => usage.startedAtMs))),
    lastAttemptAt: isoTime(Math.max(...attempts.map((usage) => usage.endedAtMs))),
    peakMemorySources: sources,
    largest: [],
    memoryReplay: [],
    ...memory,
    cpuReplay: cpu?.curve ?? [],
    ...(gpu === undefined ? {} : { gpu: gpu.evidence }),
    notes: [...input.notes],
  };
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
