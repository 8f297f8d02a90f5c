import type { JSX } from 'preact';

import { nearestStop } from './candidates.ts';

/** Positions of the slider in each doubling: finer than a hand. */
const POSITIONS = 256;

/** A slider whose positions are logarithms, as the plot above it has them; it rests at stops only. */
export function Slider({
  id,
  label,
  stops,
  range: [least, most],
  value,
  format,
  onChange,
}: {
  readonly id: string;
  readonly label: string;
  readonly stops: readonly number[];
  readonly range: readonly [least: number, most: number];
  readonly value: number;
  readonly format: (value: number) => string;
  readonly onChange: (value: number) => void;
}): JSX.Element {
  /** Stops are not evenly apart: a key goes to the next one, however far. */
  function stepBy(event: KeyboardEvent): void {
    const by = STEPS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = nearestStop(stops, value) + by;
    onChange(stops[Math.min(Math.max(next, 0), stops.length - 1)] ?? value);
  }
  return (
    <div class="slider">
      <label for={id}>
        {label} <output for={id}>{format(value)}</output>
      </label>
      <input
        id={id}
        type="range"
        min={Math.log2(least) * POSITIONS}
        max={Math.log2(most) * POSITIONS}
        step="any"
        value={Math.log2(value) * POSITIONS}
        aria-valuetext={format(value)}
        onKeyDown={stepBy}
        onInput={(event) => {
          const wished = 2 ** (Number(event.currentTarget.value) / POSITIONS);
          onChange(stops[nearestStop(stops, wished)] ?? value);
        }}
      />
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -8,
  PageUp: 8,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};
