import type { ReplayBasis } from '@stepfit/tuner/replay/replay-request';
import type { MemoryObservation, NeedKnowledge } from '@stepfit/tuner/sizing/memory-observation';

import type { ReplayAttempts, StepReplay } from '../http/schemas/replay.ts';

const KNOWLEDGE: readonly NeedKnowledge[] = ['exact', 'at-least', 'above'];

/** Observations as columns; `idOf` names the attempt behind each. */
export function toColumns(
  observations: readonly MemoryObservation[],
  idOf: (observation: MemoryObservation) => string,
): ReplayAttempts {
  const runNames = [...new Set(observations.map(({ run }) => run))];
  const runIndexes = new Map(runNames.map((run, index) => [run, index]));
  return {
    attemptIds: observations.map(idOf),
    runNames,
    runs: observations.map(({ run }) => runIndexes.get(run) ?? 0),
    tasks: observations.map(({ task }) => task),
    numbers: observations.map(({ attempt }) => attempt),
    startedAtMs: observations.map(({ startedAtMs }) => startedAtMs),
    endedAtMs: observations.map(({ endedAtMs }) => endedAtMs),
    durationHours: observations.map(({ durationHours }) => durationHours),
    seenMiB: observations.map(({ seenMiB }) => seenMiB),
    needMiB: observations.map(({ needMiB }) => needMiB),
    knowledge: observations.map(({ knowledge }) => KNOWLEDGE.indexOf(knowledge)),
  };
}

/** The way back, in a browser: what the replay is given is what the server's replay was given. */
export function toReplayBasis(replay: StepReplay): ReplayBasis {
  const { current, suggestedPlan, grid, retry, risk, prices, stretches, gpuMemoryMiB } = replay;
  return {
    observations: toObservations(replay.attempts),
    ...(current.memoryMiB !== undefined && { currentMiB: current.memoryMiB }),
    ...(suggestedPlan !== undefined && { suggestedPlan }),
    grid,
    retry,
    risk,
    prices,
    stretches,
    ...(gpuMemoryMiB !== undefined && { gpuMemoryMiB }),
  };
}

function toObservations(columns: ReplayAttempts): MemoryObservation[] {
  return columns.needMiB.map((needMiB, index) => {
    const knowledge = KNOWLEDGE[columns.knowledge[index] ?? 0] ?? 'exact';
    return {
      run: columns.runNames[columns.runs[index] ?? 0] ?? '',
      task: columns.tasks[index] ?? '',
      attempt: columns.numbers[index] ?? 0,
      seenMiB: columns.seenMiB[index] ?? needMiB,
      needMiB,
      knowledge,
      wasKilled: knowledge === 'above',
      startedAtMs: columns.startedAtMs[index] ?? 0,
      endedAtMs: columns.endedAtMs[index] ?? 0,
      durationHours: columns.durationHours[index] ?? 0,
      features: {},
    };
  });
}
