import type { CpuReplay } from '@stepfit/tuner/model/evidence';
import type { JSX } from 'preact';

import { formatCores, formatMoney } from '../../../src/format/quantities.ts';
import { useWidth } from '../parts/use-width.ts';
import { linearScale } from './scales.ts';

const HEIGHT = 190;
const LEFT = 48;
const RIGHT = 62;
const BOTTOM = 34;
const TOP = 16;

/** Running time and cost by the number of cores: where the one hardly grows and the other still falls. */
export function CoresPlot({ curve }: { readonly curve: readonly CpuReplay[] }): JSX.Element {
  const [frame, width] = useWidth<HTMLDivElement>();
  const right = Math.max(LEFT, width - RIGHT);
  const x = linearScale(Math.max(...curve.map((point) => point.cpuCores)), [LEFT, right], 6);
  const time = linearScale(
    Math.max(...curve.map((point) => point.stretchRatio)),
    [HEIGHT - BOTTOM, TOP],
    3,
  );
  const cost = linearScale(
    Math.max(...curve.map((point) => point.costUsd)),
    [HEIGHT - BOTTOM, TOP],
    3,
  );
  function path(y: (point: CpuReplay) => number): string {
    return `M${curve.map((point) => `${x(point.cpuCores)} ${y(point)}`).join('L')}`;
  }
  return (
    <div ref={frame}>
      {width > 0 && (
        <svg role="img" aria-label="Running time and cost by cores" width={width} height={HEIGHT}>
          {time.ticks.map((tick) => (
            <g key={tick}>
              <line class="grid" x1={LEFT} x2={right} y1={time(tick)} y2={time(tick)} />
              <text x={LEFT - 8} y={time(tick) + 4} text-anchor="end">
                × {tick}
              </text>
            </g>
          ))}
          {cost.ticks.map((tick) => (
            <text key={tick} x={right + 8} y={cost(tick) + 4}>
              {formatMoney(tick)}
            </text>
          ))}
          {curve.map(({ cpuCores, label }) => (
            <text
              key={cpuCores}
              class={label === 'suggested' ? 'suggested' : label === 'current' ? 'strong' : ''}
              x={x(cpuCores)}
              y={HEIGHT - 18}
              text-anchor="middle"
            >
              {formatCores(cpuCores)}
            </text>
          ))}
          <text x={right} y={HEIGHT - 4} text-anchor="end">
            cores
          </text>
          <path class="line-cost" d={path((point) => cost(point.costUsd))} />
          <path class="line-time" d={path((point) => time(point.stretchRatio))} />
          {curve
            .filter(({ label }) => label !== 'neighbour')
            .map((point) => (
              <circle
                key={point.label}
                cx={x(point.cpuCores)}
                cy={time(point.stretchRatio)}
                r={4}
                fill={point.label === 'suggested' ? 'var(--suggested)' : 'var(--requested)'}
              />
            ))}
        </svg>
      )}
    </div>
  );
}
