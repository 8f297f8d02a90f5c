/** One line of a benchmark: a figure, and how it compares with a named baseline of the same run. */
export interface Figure {
  readonly what: string;
  /** Units of work in a second. */
  readonly perSecond: number;
  readonly unit: string;
}

/**
 * The median of several timed rounds after one that is not counted; candidates take turns, so that a machine
 * that slows down slows all of them.
 */
export async function compare(
  rounds: number,
  candidates: readonly {
    readonly what: string;
    readonly unit: string;
    readonly run: () => Promise<number>;
  }[],
): Promise<Figure[]> {
  const rates = candidates.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { run }] of candidates.entries()) {
      const startedAtMs = performance.now();
      const units = await run();
      const seconds = (performance.now() - startedAtMs) / 1000;
      if (round > 0) rates[index]?.push(units / seconds);
    }
  }
  return candidates.map(({ what, unit }, index) => ({
    what,
    unit,
    perSecond: median(rates[index] ?? []),
  }));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Prints a group; the last figure is the baseline that the others are divided by. */
export function print(title: string, figures: readonly Figure[]): void {
  const baseline = figures.at(-1);
  process.stdout.write(`\n${title}\n`);
  for (const figure of figures) {
    const ratio = figure.perSecond / (baseline?.perSecond ?? Number.NaN);
    const rate = Math.round(figure.perSecond).toLocaleString('en-US').padStart(12);
    const against = figure === baseline ? 'baseline' : `${ratio.toFixed(2)} × baseline`;
    process.stdout.write(`  ${figure.what.padEnd(58)} ${rate} ${figure.unit}/s  ${against}\n`);
  }
}
