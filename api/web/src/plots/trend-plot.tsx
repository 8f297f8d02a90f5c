import type { JSX } from 'preact';

import type { TrendDay } from '../../../src/http/schemas/trend.ts';
import { useWidth } from '../parts/use-width.ts';
import { linearScale } from './scales.ts';

/** What the days are counted in. */
export interface TrendUnit {
  readonly requested: (day: TrendDay) => number;
  readonly wasted: (day: TrendDay) => number;
  readonly format: (amount: number) => string;
}

const HEIGHT = 168;
const TOP = 8;
const BOTTOM = 20;
const LEFT = 62;

/** Requested by day, what was needed of it below, what was not on top. */
export function TrendPlot({
  days,
  unit,
  label,
}: {
  readonly days: readonly TrendDay[];
  readonly unit: TrendUnit;
  readonly label: string;
}): JSX.Element {
  const [frame, width] = useWidth<HTMLDivElement>();
  const y = linearScale(Math.max(...days.map(unit.requested)), [HEIGHT - BOTTOM, TOP], 3);
  const slot = (width - LEFT) / Math.max(1, days.length);
  const bar = Math.max(1, Math.min(28, slot - (slot > 5 ? 2 : 0.5)));
  function x(index: number): number {
    return LEFT + slot * index + (slot - bar) / 2;
  }
  const labelled = new Set([0, Math.floor((days.length - 1) / 2), days.length - 1]);
  return (
    <div ref={frame}>
      {width > 0 && (
        <svg role="img" aria-label={label} width={width} height={HEIGHT}>
          {y.ticks.map((tick) => (
            <g key={tick}>
              <line class="grid" x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} />
              <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
                {unit.format(tick)}
              </text>
            </g>
          ))}
          {days.map((day, index) => {
            const requested = unit.requested(day);
            const needed = requested - unit.wasted(day);
            return (
              <g key={day.day}>
                <title>{describeDay(day, unit)}</title>
                <rect
                  x={LEFT + slot * index}
                  y={TOP}
                  width={slot}
                  height={HEIGHT - BOTTOM - TOP}
                  fill="transparent"
                />
                <rect
                  class="plot-wasted"
                  x={x(index)}
                  width={bar}
                  y={y(requested)}
                  height={y(needed) - y(requested)}
                />
                <rect
                  class="plot-used"
                  x={x(index)}
                  width={bar}
                  y={y(needed)}
                  height={y(0) - y(needed)}
                />
                {labelled.has(index) && (
                  <text
                    x={index === 0 ? LEFT : index === days.length - 1 ? width : x(index) + bar / 2}
                    y={HEIGHT - 5}
                    text-anchor={
                      index === 0 ? 'start' : index === days.length - 1 ? 'end' : 'middle'
                    }
                  >
                    {day.day.slice(5)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}

function describeDay(day: TrendDay, { requested, wasted, format }: TrendUnit): string {
  return `${day.day}: ${format(wasted(day))} wasted of ${format(requested(day))} requested, ${day.attempts} attempts`;
}
