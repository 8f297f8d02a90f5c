import type { Protocol } from '@stepfit/tuner/compare/protocols';
import type { Verdict } from '@stepfit/tuner/model/suggestion';
import type { RefusalGroup } from '@stepfit/tuner/traces/refusals';

/** What `stepfit replay` found; `--json` prints it as it is. */
export interface ReplayReport {
  readonly files: readonly ReplayedFile[];
  readonly comparisons: readonly ComparisonReport[];
  /** Of our own exports: the tuner's word on each step, come to again. */
  readonly verdicts: readonly StepVerdictReport[];
}

export interface ReplayedFile {
  readonly path: string;
  readonly rows: number;
  readonly tasks: number;
  readonly steps: number;
  readonly refused: number;
  readonly refusals: readonly RefusalGroup[];
  /** Tasks for which the file does not say what was asked for. */
  readonly undeclared: number;
  /** Attempts that did not run to their end: part of a verdict, not of a comparison. */
  readonly unfinished: number;
}

/** All strategies under one protocol. */
export interface ComparisonReport {
  readonly protocol: Protocol;
  readonly words: string;
  readonly tasks: number;
  readonly strategies: readonly StrategyReport[];
}

/** What a strategy cost, over all tasks, and for each step. */
export interface StrategyReport extends Costs {
  readonly name: string;
  readonly words: string;
  readonly steps: readonly StepCosts[];
}

export interface StepCosts extends Costs {
  readonly trace: string;
  readonly step: string;
}

export interface Costs {
  readonly tasks: number;
  readonly neededGibHours: number;
  readonly wastedGibHours: number;
  readonly overGibHours: number;
  readonly underGibHours: number;
  /** Attempts that ran out of memory. */
  readonly failures: number;
  /** Tasks whose first attempt did. */
  readonly firstFailures: number;
  readonly addedHours: number;
}

export interface StepVerdictReport {
  readonly project: string;
  readonly flow: string;
  readonly step: string;
  readonly verdict: Verdict;
  /** How it compares with what the tuner had come to; absent where the export does not say. */
  readonly reproduction?: Reproduction;
}

export interface Reproduction {
  /** Everything is the same, evidence and words included. */
  readonly isExact: boolean;
  /** Of the verdict that the tuner had come to, and when. */
  readonly verdictId: string;
  readonly at: string;
  /** True: something had come since, and the tuner was about to look again. */
  readonly isPending: boolean;
}

/** First allocations of one step's tasks, in the order of submission, for a plot. */
export interface StepSeries {
  readonly trace: string;
  readonly step: string;
  readonly tasks: readonly SizedTask[];
}

export interface SizedTask {
  readonly needMiB: number;
  readonly declaredMiB: number;
  readonly allocatedMiB: number;
}
