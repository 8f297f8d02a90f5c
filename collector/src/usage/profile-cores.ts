/** Points of one series in order of time; the lists have equal lengths. */
export interface TimeSeries {
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
}

export interface CpuUsage {
  /** Levels of cores used, ascending, at most `MAX_LEVELS`. */
  readonly cores: readonly number[];
  /** Seconds spent at each level. */
  readonly seconds: readonly number[];
  /** The highest level before levels were merged. */
  readonly peakCores: number;
  /** What the levels add up to: all the CPU time that the series tell of. */
  readonly cpuSeconds: number;
}

export interface CpuProfileInput {
  /** Cumulative CPU seconds, one series for each mode. */
  readonly modes: readonly TimeSeries[];
  readonly startedAtMs: number;
  /** The CPU seconds that the attempt reported when it ended, and when. */
  readonly end?: { readonly timeMs: number; readonly cpuSeconds: number };
}

/** Enough for a replay to place any number of cores to within 1/64 of the peak on average. */
export const MAX_LEVELS = 32;

/**
 * The kernel counts CPU time in ticks of 10 ms for each process, so over less than half a second a rate may
 * be off by more than 2 % of a core. Shorter intervals join the next.
 */
const MIN_INTERVAL_MS = 500;

/** Merging is quadratic in the levels; more intervals than this are sorted into as many bins first. */
const MAX_MERGED = 512;

interface Level {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/**
 * How many seconds the attempt spent using how many cores, from its cumulative CPU time; a counter that
 * falls has started again from 0. The order in time is lost, the CPU seconds are not: levels × seconds add up
 * to all of them.
 *
 * What was used before the first reading may reach back to before the attempt, when its interpreter started:
 * it never makes the peak, but is spread at the highest level seen later, and at one core at least.
 *
 * Undefined where nothing was measured over any time.
 */
export function profileCores(input: CpuProfileInput): CpuUsage | undefined {
  const { before, after } = toIntervals(input);
  const measured = joinShort(after);
  const levels =
    measured.length === 0
      ? joinShort([before, ...after])
      : [...measured, ...spread(before, Math.max(1, greatestRate(measured)))];
  if (levels.length === 0) return undefined;
  const byRate = levels.toSorted((a, b) => rate(a) - rate(b));
  const last = byRate.at(-1);
  const merged = mergeToMax(binByRate(byRate));
  const cores = merged.map(rate);
  return {
    cores,
    seconds: merged.map(({ seconds }) => seconds),
    // Equal levels that were joined may come out one unit in the last place above either.
    peakCores: Math.max(last === undefined ? 0 : rate(last), cores.at(-1) ?? 0),
    cpuSeconds: levels.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  };
}

/** The level in which `cores` would do the work, and no shorter than it took. */
function spread({ seconds, cpuSeconds }: Level, cores: number): readonly Level[] {
  const longer = Math.max(seconds, cpuSeconds / cores);
  return longer > 0 ? [{ seconds: longer, cpuSeconds }] : [];
}

function greatestRate(levels: readonly Level[]): number {
  return levels.reduce((greatest, level) => Math.max(greatest, rate(level)), 0);
}

function rate({ seconds, cpuSeconds }: Level): number {
  return cpuSeconds / seconds;
}

interface Intervals {
  /** From the attempt's start to the first reading. */
  readonly before: Level;
  /** Between neighbouring moments at which any mode was read. */
  readonly after: readonly Level[];
}

function toIntervals({ modes, startedAtMs, end }: CpuProfileInput): Intervals {
  const growths = modes.map(withoutResets);
  const moments = [...new Set(growths.flatMap(({ timesMs }) => timesMs))].sort((a, b) => a - b);
  const firstMs = moments[0] ?? startedAtMs;
  const cursors = growths.map((growth) => new Cursor(growth, Math.min(startedAtMs, firstMs)));
  const after: Level[] = [];
  let previousMs = Math.min(startedAtMs, firstMs);
  let previousTotal = 0;
  function step(timeMs: number, total: number): void {
    after.push({
      seconds: (timeMs - previousMs) / 1000,
      cpuSeconds: total - previousTotal,
    });
    previousMs = timeMs;
    previousTotal = total;
  }
  for (const timeMs of moments) {
    step(
      timeMs,
      cursors.reduce((sum, cursor) => sum + cursor.at(timeMs), 0),
    );
  }
  const before = after.shift() ?? { seconds: 0, cpuSeconds: 0 };
  if (end !== undefined && end.cpuSeconds > previousTotal) {
    step(Math.max(previousMs, end.timeMs), end.cpuSeconds);
  }
  return { before, after };
}

/** Adds to each value what the counter had reached before it fell. */
function withoutResets({ timesMs, values }: TimeSeries): TimeSeries {
  let lost = 0;
  let previous = 0;
  const grown = values.map((value) => {
    if (value < previous) lost += previous;
    previous = value;
    return lost + value;
  });
  return { timesMs, values: grown };
}

/** Reads a growing series at moments that only ever advance; straight lines between its points. */
class Cursor {
  readonly #series: TimeSeries;
  #next = 0;
  #beforeMs: number;
  #before = 0;

  constructor(series: TimeSeries, startedAtMs: number) {
    this.#series = series;
    this.#beforeMs = startedAtMs;
  }

  at(timeMs: number): number {
    const { timesMs, values } = this.#series;
    for (; (timesMs[this.#next] ?? Infinity) <= timeMs; this.#next += 1) {
      this.#beforeMs = timesMs[this.#next] ?? 0;
      this.#before = values[this.#next] ?? 0;
    }
    const afterMs = timesMs[this.#next];
    const after = values[this.#next];
    const isKnown = afterMs !== undefined && after !== undefined && timeMs > this.#beforeMs;
    if (!isKnown) return this.#before;
    const share = (timeMs - this.#beforeMs) / (afterMs - this.#beforeMs);
    return this.#before + share * (after - this.#before);
  }
}

/**
 * Joins intervals that are too short to have a rate with those after them, the last with that before it. Where
 * all of them together are too short, one core is as good a guess as any.
 */
function joinShort(intervals: readonly Level[]): readonly Level[] {
  const joined: Level[] = [];
  let open: Level | undefined;
  for (const interval of intervals) {
    open = open === undefined ? interval : join(open, interval);
    if (open.seconds * 1000 < MIN_INTERVAL_MS) continue;
    joined.push(open);
    open = undefined;
  }
  if (open === undefined) return joined;
  const last = joined.pop();
  return [...joined, ...(last === undefined ? spread(open, 1) : [join(last, open)])];
}

function join(a: Level, b: Level): Level {
  return { seconds: a.seconds + b.seconds, cpuSeconds: a.cpuSeconds + b.cpuSeconds };
}

/** At most `MAX_MERGED` levels: neighbours on a grid of equal steps of cores are joined. */
function binByRate(byRate: readonly Level[]): readonly Level[] {
  const last = byRate.at(-1);
  if (byRate.length <= MAX_MERGED || last === undefined) return byRate;
  const step = rate(last) / MAX_MERGED;
  const bins = Map.groupBy(byRate, (level) =>
    step === 0 ? 0 : Math.min(MAX_MERGED - 1, Math.floor(rate(level) / step)),
  );
  return [...bins.values()].map((levels) => levels.reduce(join));
}

/**
 * Joins, again and again, the two neighbours whose joining adds least to the squared error of cores over
 * time (Ward, 1963: s₁·s₂/(s₁+s₂) · (c₁−c₂)²), until few enough are left. Equal levels join for nothing.
 */
function mergeToMax(byRate: readonly Level[]): readonly Level[] {
  const levels = [...byRate];
  for (;;) {
    let cheapest = -1;
    let cheapestCost = Infinity;
    for (let i = 0; i + 1 < levels.length; i += 1) {
      const cost = joiningCost(levels[i], levels[i + 1]);
      if (cost < cheapestCost) {
        cheapest = i;
        cheapestCost = cost;
      }
    }
    const [a, b] = [levels[cheapest], levels[cheapest + 1]];
    if (a === undefined || b === undefined) return levels;
    if (levels.length <= MAX_LEVELS && cheapestCost > 0) return levels;
    levels.splice(cheapest, 2, join(a, b));
  }
}

function joiningCost(a: Level | undefined, b: Level | undefined): number {
  if (a === undefined || b === undefined) return Infinity;
  return ((a.seconds * b.seconds) / (a.seconds + b.seconds)) * (rate(a) - rate(b)) ** 2;
}
