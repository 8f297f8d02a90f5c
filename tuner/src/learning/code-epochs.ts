import { exactCount, type Measure, runLevels } from './measure.ts';
import { type Comparison, compareSamples, groupsAreAlike } from './two-samples.ts';

/** A step’s measurements, divided by the version of the code that made them. */
export interface CodeEpochs<M extends Measure> {
  /**
   * What the versions in use say of earlier ones. `only`: there are none. `alike`, `differs`, `untold`: as
   * the comparison of their needs has it. `changing`: the code changes so often that no version has time
   * to speak for itself, and earlier changes did not move the need.
   */
  readonly relation: 'only' | 'changing' | Comparison;
  /** What may be counted as one: everything, unless earlier versions differ or cannot be told. */
  readonly counted: readonly M[];
  /** Measurements of earlier versions that are not counted. */
  readonly older: readonly M[];
  /** The newest version; absent where none was ever reported. */
  readonly version?: string;
  readonly versionAttempts: number;
  readonly versions: number;
  /** Those of the newest version, where it has not run to its end once and is not one of many; else none. */
  readonly untried: readonly M[];
}

export interface EpochOptions {
  /** Attempts, or runs of changing versions, that a verdict needs. */
  readonly minAttempts: number;
  /** The least difference worth a change, as a share: 0.1 is 10 %. */
  readonly materialRatio: number;
}

/**
 * Divides measurements at the newest change of code. A version is the same code whenever it ran, so going
 * back to an old one goes back to its attempts; a version that ran after the newest one first did, and
 * lately, is still in use, and both count. Attempts without a version belong to that of their run, else
 * to the one before them.
 *
 * Earlier versions are pooled with those in use where runs were compared and found alike; they are left
 * out where they differ, and while it cannot be told. The unit is the run. `O(n log n)`.
 *
 * Only attempts that ran to their end say which versions are in use: one that was killed is counted with
 * its version, and changes nothing about what else counts. So it can raise a value and never lower it.
 */
export function divideByCode<M extends Measure>(
  measures: readonly M[],
  options: EpochOptions,
): CodeEpochs<M> {
  const versioned = withVersions(measures);
  const ended = versioned.filter(({ measure }) => measure.isExact);
  const tried = new Set(ended.map(({ version }) => version));
  const inUse = versionsInUse(ended, options.minAttempts);
  const current = ended.filter(({ version }) => inUse.has(version));
  const earlier = ended.filter(({ version }) => !inUse.has(version));
  const relation = earlier.length === 0 ? 'only' : relate(current, earlier, options);
  const isPooled = relation === 'only' || relation === 'alike' || relation === 'changing';
  const counted = new Set(isPooled ? measures : countedWith(inUse, tried, versioned));
  const newest = versioned.findLast(
    ({ measure, version }) => measure.isExact || !tried.has(version),
  )?.version;
  const ofNewest = versioned.filter(({ version }) => version === newest);
  const isUntried = tried.size > 0 && relation !== 'changing' && !tried.has(newest);
  return {
    relation,
    // In the order given, which is that of the ends.
    counted: measures.filter((measure) => counted.has(measure)),
    older: measures.filter((measure) => !counted.has(measure)),
    ...(newest === undefined ? {} : { version: newest }),
    versionAttempts: ofNewest.length,
    versions: new Set(versioned.map(({ version }) => version)).size,
    untried: isUntried ? ofNewest.map(({ measure }) => measure) : [],
  };
}

interface Versioned<M> {
  readonly measure: M;
  readonly version: string | undefined;
}

/** Those of the versions in use, and of versions newer than the oldest of them that have never ended. */
function countedWith<M extends Measure>(
  inUse: ReadonlySet<string | undefined>,
  tried: ReadonlySet<string | undefined>,
  versioned: readonly Versioned<M>[],
): M[] {
  const since = versioned.findIndex(
    ({ measure, version }) => measure.isExact && inUse.has(version),
  );
  return versioned
    .filter(({ version }, index) => inUse.has(version) || (index > since && !tried.has(version)))
    .map(({ measure }) => measure);
}

/**
 * Run by run in order of their starts, with the version filled in where it is missing. By runs, so that
 * tasks of an old run that start late do not make its code look newer than it is.
 */
function withVersions<M extends Measure>(measures: readonly M[]): Versioned<M>[] {
  const inOrder = inOrderOfRuns(measures);
  const ofRun = new Map<string, string>();
  for (const { run, codeVersion, isExact } of inOrder) {
    if (isExact && codeVersion !== undefined && !ofRun.has(run)) ofRun.set(run, codeVersion);
  }
  let before = ofRun.values().next().value;
  return inOrder.map((measure) => {
    const version = measure.codeVersion ?? ofRun.get(measure.run) ?? before;
    if (measure.isExact) before = version;
    return { measure, version };
  });
}

function inOrderOfRuns<M extends Measure>(measures: readonly M[]): M[] {
  const starts = startsOfRuns(measures);
  return measures.toSorted(
    (a, b) =>
      (starts.get(a.run) ?? 0) - (starts.get(b.run) ?? 0) ||
      compareText(a.run, b.run) ||
      a.startedAtMs - b.startedAtMs ||
      compareText(a.codeVersion ?? '', b.codeVersion ?? ''),
  );
}

/** First starts of attempts that ran to their end; of a run without any, of the others. */
function startsOfRuns(measures: readonly Measure[]): Map<string, number> {
  const ofAll = new Map<string, number>();
  const ofEnded = new Map<string, number>();
  for (const { run, startedAtMs, isExact } of measures) {
    ofAll.set(run, Math.min(ofAll.get(run) ?? startedAtMs, startedAtMs));
    if (isExact) ofEnded.set(run, Math.min(ofEnded.get(run) ?? startedAtMs, startedAtMs));
  }
  return new Map([...ofAll, ...ofEnded]);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The newest version, and every one that ran after it first did and within the newest `runs` runs. */
function versionsInUse(
  versioned: readonly Versioned<Measure>[],
  runs: number,
): ReadonlySet<string | undefined> {
  const newest = versioned.at(-1)?.version;
  const first = versioned.findIndex(({ version }) => version === newest);
  const since = versioned.slice(first).toReversed();
  const inUse = new Set<string | undefined>();
  const seenRuns = new Set<string>();
  for (const { measure, version } of since) {
    seenRuns.add(measure.run);
    if (seenRuns.size > runs) break;
    inUse.add(version);
  }
  return inUse;
}

function relate(
  current: readonly Versioned<Measure>[],
  older: readonly Versioned<Measure>[],
  { minAttempts, materialRatio }: EpochOptions,
): CodeEpochs<Measure>['relation'] {
  const told = compareSamples(levelsOf(current), levelsOf(older), Math.log1p(materialRatio));
  if (told !== 'untold') return told;
  const currentMeasures = current.map(({ measure }) => measure);
  if (exactCount(currentMeasures) >= minAttempts) return 'untold';
  const earlier = Map.groupBy(older, ({ version }) => version);
  const groups = [...earlier.values()].map(levelsOf).filter((levels) => levels.length > 0);
  return groups.length >= minAttempts && groupsAreAlike(groups) ? 'changing' : 'untold';
}

function levelsOf(versioned: readonly Versioned<Measure>[]): number[] {
  return runLevels(versioned.map(({ measure }) => measure)).map(({ level }) => level);
}
