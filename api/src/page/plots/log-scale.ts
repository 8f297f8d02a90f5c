import { type Html, html } from '../html.ts';

/** Places amounts above zero on a logarithmic axis. */
export interface LogScale {
  readonly place: (value: number) => number;
  /** Whole powers within the axis. */
  readonly ticks: readonly number[];
}

/**
 * An axis from `start` to `end` (pixels) over whole powers of `base` around the values; zeros go to its start.
 */
export function logScale(
  values: readonly number[],
  [start, end]: readonly [number, number],
  base = 10,
): LogScale {
  function power(value: number): number {
    return Math.log(value) / Math.log(base);
  }
  const powers = values.filter((value) => value > 0).map(power);
  const low = Math.floor(powers.reduce((least, value) => Math.min(least, value), powers[0] ?? 0));
  const high = powers.reduce((most, value) => Math.max(most, Math.ceil(value)), low + 1);
  return {
    place(value) {
      const share = value > 0 ? (power(value) - low) / (high - low) : 0;
      return Math.round(start + Math.max(0, Math.min(1, share)) * (end - start));
    },
    ticks: Array.from({ length: high - low + 1 }, (_, step) => base ** (low + step)),
  };
}

/** Vertical grid lines with their amounts on top. */
export function renderGrid(
  { place, ticks }: LogScale,
  label: (value: number) => string,
  { top, bottom }: { readonly top: number; readonly bottom: number },
): Html {
  return html`${ticks.map(
    (tick) =>
      html`<line class="grid" x1="${place(tick)}" x2="${place(tick)}" y1="${top}" y2="${bottom}" />
        <text class="label" x="${place(tick)}" y="${top - 6}" text-anchor="middle">
          ${label(tick)}
        </text>`,
  )}`;
}
