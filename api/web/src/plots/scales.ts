/** A mapping of values to pixels. */
export interface Scale {
  (value: number): number;
  /** Values to label, ascending. */
  readonly ticks: readonly number[];
}

/** Steps between ticks that people count in. */
const ROUND_STEPS = [1, 2, 2.5, 5, 10];

/** From 0 to at least `most`, with about `count` ticks at round values. */
export function linearScale(
  most: number,
  [from, to]: readonly [number, number],
  count = 4,
): Scale & { readonly top: number } {
  const wished = (most > 0 ? most : 1) / count;
  const power = 10 ** Math.floor(Math.log10(wished));
  const step = (ROUND_STEPS.find((round) => round * power >= wished) ?? 10) * power;
  const top = Math.ceil((most > 0 ? most : 1) / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
  function scale(value: number): number {
    return from + (value / top) * (to - from);
  }
  return Object.assign(scale, { ticks, top });
}

/** Logarithmic between two positive values, with ticks at powers of two, at most `count` of them. */
export function logScale(
  [least, most]: readonly [number, number],
  [from, to]: readonly [number, number],
  count = 8,
): Scale {
  const low = Math.log2(least);
  const span = Math.max(Math.log2(most) - low, 1e-9);
  const powers = Array.from(
    { length: Math.max(0, Math.floor(low + span) - Math.ceil(low) + 1) },
    (_, index) => 2 ** (Math.ceil(low) + index),
  );
  const every = Math.ceil(powers.length / count);
  const ticks = powers.filter((_, index) => index % every === 0);
  function scale(value: number): number {
    return from + ((Math.log2(Math.max(value, least / 2)) - low) / span) * (to - from);
  }
  return Object.assign(scale, { ticks });
}
