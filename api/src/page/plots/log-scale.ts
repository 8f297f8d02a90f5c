import { type Html, html } from '../html.ts';

/** Places amounts above zero on a logarithmic axis. */
export interface LogScale {
  readonly place: (value: number) => number;
  /** Powers of ten within the axis. */
  readonly ticks: readonly number[];
}

/** An axis from `start` to `end` (pixels) over whole powers of ten around the values; zeros go to its start. */
export function logScale(values: readonly number[], start: number, end: number): LogScale {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(
    Math.log10(positive.reduce((least, value) => Math.min(least, value), Infinity)),
  );
  const high = Math.ceil(Math.log10(positive.reduce((most, value) => Math.max(most, value), 0)));
  const from = Number.isFinite(low) ? low : 0;
  const to = Number.isFinite(high) ? Math.max(high, from + 1) : 1;
  return {
    place(value) {
      const share = value > 0 ? (Math.log10(value) - from) / (to - from) : 0;
      return Math.round(start + Math.max(0, Math.min(1, share)) * (end - start));
    },
    ticks: Array.from({ length: to - from + 1 }, (_, step) => 10 ** (from + step)),
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
