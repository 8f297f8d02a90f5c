import type { JSX } from 'preact';

import { formatAmount, formatMemory } from '../../../src/format/quantities.ts';
import { useWidth } from '../parts/use-width.ts';
import type { FittedLine } from '../what-if/fitted-line.ts';
import { linearScale } from './scales.ts';

const HEIGHT = 210;
const LEFT = 62;
const BOTTOM = 34;
const TOP = 8;
/** More dots than this are one blot; every so manieth stands for the rest. */
const MOST_DOTS = 1500;

/** Needs by a feature, with the line through them. */
export function ScatterPlot({
  points,
  line,
  name,
}: {
  readonly points: readonly (readonly [feature: number, needMiB: number])[];
  readonly line?: FittedLine;
  readonly name: string;
}): JSX.Element {
  const [frame, width] = useWidth<HTMLDivElement>();
  const most = Math.max(...points.map(([feature]) => feature));
  const x = linearScale(most, [LEFT, Math.max(LEFT, width - 10)], 4);
  const y = linearScale(Math.max(...points.map(([, need]) => need)), [HEIGHT - BOTTOM, TOP], 4);
  const every = Math.ceil(points.length / MOST_DOTS);
  function onLine(feature: number): number {
    return line === undefined ? 0 : line.intercept + line.slope * feature;
  }
  return (
    <div ref={frame}>
      {width > 0 && (
        <svg role="img" aria-label={`Need of memory by ${name}`} width={width} height={HEIGHT}>
          {y.ticks.map((tick) => (
            <g key={tick}>
              <line class="grid" x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} />
              <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
                {formatMemory(tick)}
              </text>
            </g>
          ))}
          {x.ticks.map((tick) => (
            <text key={tick} x={x(tick)} y={HEIGHT - 18} text-anchor="middle">
              {formatAmount(tick)}
            </text>
          ))}
          <text x={width - 10} y={HEIGHT - 4} text-anchor="end">
            {name}
          </text>
          {points
            .filter((_, index) => index % every === 0)
            .map(([feature, need], index) => (
              <circle key={index} class="plot-dot" cx={x(feature)} cy={y(need)} r={3.5} />
            ))}
          {line !== undefined && (
            <line
              class="line-fit"
              x1={x(0)}
              y1={y(Math.max(0, onLine(0)))}
              x2={x(most)}
              y2={y(onLine(most))}
            />
          )}
        </svg>
      )}
    </div>
  );
}
