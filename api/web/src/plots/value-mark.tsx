import type { JSX } from 'preact';

import { formatMemory } from '../../../src/format/quantities.ts';

/** A value as a line down the plot with its name beside it, on the side where there is room. */
export function ValueMark({
  at,
  name,
  style,
  row,
  x,
  bottom,
  turnsAt,
}: {
  readonly at: number | undefined;
  readonly name: string;
  readonly style: 'requested' | 'suggested' | 'chosen' | 'limit';
  /** Names of marks in different rows do not cover each other; 0 is the topmost. */
  readonly row: number;
  readonly x: (value: number) => number;
  /** Where the line ends. */
  readonly bottom: number;
  /** Right of here the name stands on the line's left. */
  readonly turnsAt: number;
}): JSX.Element | null {
  if (at === undefined) return null;
  const left = x(at);
  const isRight = left > turnsAt;
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
        {name} {formatMemory(at)}
      </text>
    </g>
  );
}
