import { compare, type Result, type Run } from '@stepfit/tuner/compare/compare';
import {
  BEST_CONSTANT,
  type Contender,
  DECLARED,
  PEERS,
  shadowContender,
} from '@stepfit/tuner/compare/contenders';
import type { Protocol, ProtocolOptions } from '@stepfit/tuner/compare/protocols';
import { type Tally, wasteGibHours } from '@stepfit/tuner/compare/tally';
import { contentId } from '@stepfit/tuner/suggestion/content-id';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import { groupRefusals } from '@stepfit/tuner/traces/refusals';
import type { ExportedStep } from '@stepfit/tuner/traces/step-export';

import type { TraceFile } from './read-traces.ts';
import type {
  ComparisonReport,
  Costs,
  ReplayedFile,
  ReplayReport,
  SizedTask,
  StepSeries,
  StepVerdictReport,
  StrategyReport,
} from './replay-report.ts';

/** How far a replay has come. */
export interface ReplayProgress {
  readonly protocol: Protocol;
  readonly strategy: string;
  /** Tasks sized by this strategy under this protocol so far. */
  readonly sized: number;
  readonly tasks: number;
}

export interface ReplayInput {
  readonly files: readonly TraceFile[];
  readonly protocols: readonly Protocol[];
  readonly onProgress?: (progress: ReplayProgress) => void;
}

export interface Replay {
  readonly report: ReplayReport;
  /** The steps that waste most as people sized them; plots show them. */
  readonly series: readonly StepSeries[];
}

/** Who takes part: what people asked for, the peers, what hindsight knows, and the product's own method. */
const PATIENT_RETRY_COST = 10;
const SHADOW = shadowContender();
const CONTENDERS: readonly Contender[] = [
  DECLARED,
  ...PEERS,
  BEST_CONSTANT,
  SHADOW,
  shadowContender(PATIENT_RETRY_COST),
];

export const PROTOCOL_WORDS: Readonly<Record<Protocol, string>> = {
  paper:
    '70 % of each step’s tasks in a seeded shuffle, after the other 30 % are known; learnt at once',
  online: 'all tasks in the order of their submission, from nothing; learnt at once',
  async: 'as a scheduler sees a foreach: sized when submitted, learnt when they end',
};

/** A plot of more steps is a wall, one of more tasks a smear. */
const SERIES_STEPS = 8;
const SERIES_TASKS = 400;
/** Progress is told this often, in tasks. */
const TELL_EVERY = 500;

/** Replays every trace under every protocol, and comes to the verdict on exported steps again. */
export function replayTraces({ files, protocols, onProgress }: ReplayInput): Replay {
  const traces = files.flatMap((file) => file.traces);
  const tasks = traces.reduce((sum, trace) => sum + trace.tasks.length, 0);
  const seen = new Map<string, SizedTask[]>();
  const plotted = protocols.includes('online') ? 'online' : protocols[0];
  let sized = 0;

  function optionsFor({ protocol, contender, trace }: Run): ProtocolOptions {
    const strategy = contender.name;
    const isPlotted = contender === SHADOW && protocol === plotted;
    if (trace === traces[0]) sized = 0;
    onProgress?.({ protocol, strategy, sized, tasks });
    return {
      onSized({ launch, needMiB }, allocatedMiB) {
        if (isPlotted) {
          const { step, declaredMiB } = launch;
          keep(seen, JSON.stringify([trace.name, step]), { needMiB, declaredMiB, allocatedMiB });
        }
        sized += 1;
        if (sized % TELL_EVERY === 0) onProgress?.({ protocol, strategy, sized, tasks });
      },
    };
  }

  const results = [...compare({ traces, protocols, contenders: CONTENDERS, optionsFor })];
  const comparisons = protocols.map((protocol) =>
    toComparison(
      protocol,
      results.filter((result) => result.protocol === protocol),
    ),
  );
  const report = {
    files: files.map(toFile),
    comparisons,
    verdicts: files.flatMap((file) => file.steps.map(toVerdict)),
  };
  return { report, series: worstSeries(comparisons, seen) };
}

function keep(seen: Map<string, SizedTask[]>, name: string, task: SizedTask): void {
  const known = seen.get(name);
  if (known === undefined) seen.set(name, [task]);
  else if (known.length < SERIES_TASKS) known.push(task);
}

/** The steps that waste most as people sized them. */
function worstSeries(
  comparisons: readonly ComparisonReport[],
  seen: ReadonlyMap<string, readonly SizedTask[]>,
): StepSeries[] {
  const declared = comparisons[0]?.strategies.find(({ name }) => name === DECLARED.name);
  const worst = (declared?.steps ?? []).toSorted((a, b) => b.wastedGibHours - a.wastedGibHours);
  return worst.slice(0, SERIES_STEPS).flatMap(({ trace, step }) => {
    const tasks = seen.get(JSON.stringify([trace, step]));
    return tasks === undefined ? [] : [{ trace, step, tasks }];
  });
}

function toComparison(protocol: Protocol, results: readonly Result[]): ComparisonReport {
  return {
    protocol,
    words: PROTOCOL_WORDS[protocol],
    tasks: results[0]?.total.tasks ?? 0,
    strategies: results.map(toStrategy),
  };
}

function toStrategy({ contender, total, traces }: Result): StrategyReport {
  return {
    name: contender.name,
    words: contender.words,
    ...toCosts(total),
    steps: traces.flatMap(({ trace, steps }) =>
      [...steps].map(([step, tally]) => ({ trace, step, ...toCosts(tally) })),
    ),
  };
}

function toCosts(tally: Tally): Costs {
  const { tasks, neededGibHours, overGibHours, underGibHours } = tally;
  const { failures, firstFailures, addedHours } = tally;
  return {
    tasks,
    neededGibHours,
    wastedGibHours: wasteGibHours(tally),
    overGibHours,
    underGibHours,
    failures,
    firstFailures,
    addedHours,
  };
}

function toFile({ path, traces, rows, refusals, undeclared, unfinished }: TraceFile): ReplayedFile {
  const tasks = traces.flatMap((trace) => trace.tasks);
  return {
    path,
    rows,
    tasks: tasks.length,
    steps: new Set(tasks.map(({ launch }) => launch.step)).size,
    refused: refusals.length,
    refusals: groupRefusals(refusals),
    undeclared,
    unfinished,
  };
}

function toVerdict({ project, input, verdict: stored }: ExportedStep): StepVerdictReport {
  const { flow, step } = input;
  const verdict = decideStep(input);
  const isExact = stored?.verdictId === contentId(verdict);
  return {
    project,
    flow,
    step,
    verdict,
    ...(stored && { reproduction: { isExact, ...stored } }),
  };
}
