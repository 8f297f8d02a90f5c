import type { JSX } from 'preact';

import { formatMemory } from '../../../src/format/quantities.ts';

/** Width of a letter, px: the widest that common system fonts have on average. */
const LETTER = 7.2;

/** A value as a line down the plot with its name beside it, on the side where there is room. */
export function ValueMark({
  at,
  name,
  style,
  row,
  x,
  bottom,
  width,
}: {
  readonly at: number | undefined;
  readonly name: string;
  readonly style: 'requested' | 'suggested' | 'chosen' | 'limit';
  /** Names of marks in different rows do not cover each other; 0 is the topmost. */
  readonly row: number;
  readonly x: (value: number) => number;
  /** Where the line ends. */
  readonly bottom: number;
  /** Width of the plot: where the name would end beyond it, it stands on the line's left. */
  readonly width: number;
}): JSX.Element | null {
  if (at === undefined) return null;
  const left = x(at);
  const label = `${name} ${formatMemory(at)}`;
  const isRight = left + label.length * LETTER > width;
  const y = 11 + row * 13;
  return (
    <g>
      <line class={`line-${style}`} x1={left} x2={left} y1={y - 9} y2={bottom} />
      <text
        class={style === 'requested' ? 'strong' : style}
        x={left + (isRight ? -5 : 5)}
        y={y}
        text-anchor={isRight ? 'end' : 'start'}
      >
        {label}
      </text>
    </g>
  );
}
