import type { HoldCode } from '../model/skip-reason.ts';
import type { MemoryObservation } from '../sizing/memory-observation.ts';
import { type CodeEpochs, divideByCode } from './code-epochs.ts';
import { type Drift, findDrift } from './drift.ts';
import { relateToRequest, type RequestRelation } from './follows-request.ts';
import { type Headroom, projectNeeds } from './headroom.ts';
import { exactCount, type Measure, runLevels } from './measure.ts';

/** An observation as a measure of the need. */
export interface MemoryMeasure extends Measure {
  readonly observation: MemoryObservation;
}

/** Which of a step’s observations speak for its next attempt, and what is known of the others. */
export interface MemoryLearning {
  /** The observations that evidence and bound rest on, in the order given. */
  readonly observations: readonly MemoryObservation[];
  /**
   * What sizing rests on: the same, carried on to the horizon where the need grows; and, as a weak prior
   * while it cannot be told whether the need is still the same, a few earlier ones.
   */
  readonly sized: readonly MemoryObservation[];
  readonly priorAttempts: number;
  /** Where the newest code has never run to its end: its attempts, and a few of those before it. */
  readonly untried?: readonly MemoryObservation[];
  readonly epochs: CodeEpochs<MemoryMeasure>;
  readonly drift?: Drift;
  readonly headroom?: Headroom;
  readonly request: RequestRelation;
  readonly hold?: HoldCode;
}

export interface LearningOptions {
  readonly currentMiB: number;
  readonly minAttempts: number;
  /** The least change of the need worth one of the request, as a share. */
  readonly materialRatio: number;
}

/**
 * Divides a step’s observations into those that count and those that do not: by the code that made them,
 * then, where usage follows the request, by the request, else by the newest lasting change of the need.
 *
 * Whatever is left out, an allocation is never below what the attempts that count show by themselves.
 * Deterministic, and blind to the order of the observations. `O(n log n)`.
 *
 * @param observations in order of their ends, as `observeMemory` returns them.
 */
export function learnMemory(
  observations: readonly MemoryObservation[],
  options: LearningOptions,
): MemoryLearning {
  const measures = observations.map(toMeasure);
  const epochs = divideByCode(measures, options);
  const request = relateToRequest(exactWithRequest(epochs.counted));
  const found =
    request.kind === 'follows'
      ? heldTo(epochs.counted, options)
      : sinceDrift(epochs.counted, request, options);
  const earlier = [...(epochs.relation === 'untold' ? epochs.older : []), ...found.earlier];
  const prior = representatives(earlier.map(({ observation }) => observation));
  const counted = found.counted.map(({ observation }) => observation);
  const untried = withFewOf(measures, epochs.untried);
  const hold = holdCode({ all: measures, epochs, request, counted: found.counted }, options);
  return {
    observations: counted,
    sized: inOrderOf(observations, [...(found.headroom?.projected ?? counted), ...prior]),
    priorAttempts: prior.length,
    ...(untried.length === 0 ? {} : { untried: inOrderOf(observations, untried) }),
    epochs,
    request,
    ...(found.drift === undefined ? {} : { drift: found.drift }),
    ...(found.headroom === undefined ? {} : { headroom: found.headroom }),
    ...(hold === undefined ? {} : { hold }),
  };
}

interface Counted {
  readonly counted: readonly MemoryMeasure[];
  /** Not counted, and not known to be of another kind. */
  readonly earlier: readonly MemoryMeasure[];
  readonly drift?: Drift;
  readonly headroom?: Headroom;
}

function toMeasure(observation: MemoryObservation): MemoryMeasure {
  const { run, startedAtMs, codeVersion, needMiB, knowledge } = observation;
  return {
    run,
    startedAtMs,
    ...(codeVersion === undefined ? {} : { codeVersion }),
    amount: needMiB,
    isExact: knowledge === 'exact',
    observation,
  };
}

/** A killed attempt needed more than it was given: in its retry, the request followed the need. */
function exactWithRequest(measures: readonly MemoryMeasure[]) {
  return measures.flatMap(({ run, observation }) => {
    const { requestMiB, knowledge, wasKilled, seenMiB, features } = observation;
    return requestMiB === undefined || knowledge !== 'exact' || wasKilled
      ? []
      : [{ run, requested: requestMiB, used: seenMiB, features }];
  });
}

/** What was used of more than is asked for now is no need of the step as it is run now. */
function heldTo(measures: readonly MemoryMeasure[], options: LearningOptions): Counted {
  const mostMiB = options.currentMiB * (1 + options.materialRatio);
  const counted = measures.filter(
    ({ observation }) => (observation.requestMiB ?? options.currentMiB) <= mostMiB,
  );
  return { counted: counted.length > 0 ? counted : measures, earlier: [] };
}

function sinceDrift(
  measures: readonly MemoryMeasure[],
  request: RequestRelation,
  { minAttempts, materialRatio }: LearningOptions,
): Counted {
  const runs = runLevels(measures);
  const drift = besideRequest(findDrift(runs, materialRatio), request);
  if (drift === undefined) return { counted: measures, earlier: [] };
  if (drift.kind === 'comes-and-goes' || drift.kind === 'fell-with-request') {
    return { counted: measures, earlier: [], drift };
  }
  const starts = new Map(runs.map(({ run, startedAtMs }) => [run, startedAtMs]));
  function isSince({ run, startedAtMs }: MemoryMeasure, sinceMs: number): boolean {
    return (starts.get(run) ?? startedAtMs) >= sinceMs;
  }
  const counted = measures.filter((measure) => isSince(measure, drift.sinceMs));
  const before = measures.filter((measure) => !isSince(measure, drift.sinceMs));
  const earlier = exactCount(counted) < minAttempts ? before : [];
  if (drift.kind === 'shift') return { counted, earlier, drift };
  const headroom = projectNeeds(
    counted.map(({ observation }) => observation),
    runs,
    drift,
  );
  return { counted, earlier, drift, headroom };
}

/** Each step down that is taken for the need would be followed by the next: all needs seen stay in mind. */
function besideRequest(drift: Drift | undefined, { kind }: RequestRelation): Drift | undefined {
  if (drift?.kind !== 'shift' || drift.ratio >= 1 || kind !== 'unclear') return drift;
  return { kind: 'fell-with-request', sinceMs: drift.sinceMs, ratio: drift.ratio };
}

function holdCode(
  found: {
    readonly all: readonly MemoryMeasure[];
    readonly epochs: CodeEpochs<MemoryMeasure>;
    readonly counted: readonly MemoryMeasure[];
    readonly request: RequestRelation;
  },
  { minAttempts }: LearningOptions,
): HoldCode | undefined {
  if (found.request.kind === 'follows') return 'follows-request';
  // Where there are too few attempts of any kind, nothing was left out that would have been enough.
  if (exactCount(found.all) < minAttempts) return undefined;
  if (found.epochs.untried.length > 0) return 'code-changed';
  if (exactCount(found.counted) >= minAttempts) return undefined;
  return exactCount(found.epochs.counted) < minAttempts ? 'code-changed' : 'need-shifted';
}

/**
 * Median, 90th percentile and largest by nearest rank of the attempts that ran to their end, and the largest
 * lower bound of either kind that lies above them: each an attempt that took place. Apart, since a bound among
 * the needs would take the place of one, and a strategy may ask for less by a bound than by a need.
 */
function representatives(observations: readonly MemoryObservation[]): MemoryObservation[] {
  const exact = ofKind(observations, 'exact');
  const ranks = [0.5, 0.9, 1].map((share) => Math.ceil(share * exact.length) - 1);
  const needs = [...new Set(ranks)].flatMap((rank) => exact[rank] ?? []);
  const largestMiB = exact.at(-1)?.needMiB ?? 0;
  const bounds = (['at-least', 'above'] as const).flatMap(
    (kind) => ofKind(observations, kind).at(-1) ?? [],
  );
  return [...needs, ...bounds.filter(({ needMiB }) => needMiB > largestMiB)];
}

/** In order of their needs. */
function ofKind(
  observations: readonly MemoryObservation[],
  kind: MemoryObservation['knowledge'],
): MemoryObservation[] {
  return observations
    .filter(({ knowledge }) => knowledge === kind)
    .toSorted((a, b) => a.needMiB - b.needMiB);
}

/** `some`, and of all others those that speak for them; nothing of nothing. */
function withFewOf(
  all: readonly MemoryMeasure[],
  some: readonly MemoryMeasure[],
): MemoryObservation[] {
  if (some.length === 0) return [];
  const set = new Set(some);
  const others = all.filter((measure) => !set.has(measure));
  return [
    ...some.map(({ observation }) => observation),
    ...representatives(others.map(({ observation }) => observation)),
  ];
}

/** Sorted as `all` is, by run, task and attempt: a projected observation stands where its original does. */
function inOrderOf(
  all: readonly MemoryObservation[],
  some: readonly MemoryObservation[],
): MemoryObservation[] {
  const byKey = new Map(some.map((observation) => [keyOf(observation), observation]));
  return all.flatMap((observation) => byKey.get(keyOf(observation)) ?? []);
}

function keyOf({ run, task, attempt }: MemoryObservation): string {
  return JSON.stringify([run, task, attempt]);
}
