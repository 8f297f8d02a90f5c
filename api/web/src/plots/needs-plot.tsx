import type { JSX } from 'preact';

import { formatMemory } from '../../../src/format/quantities.ts';
import { useWidth } from '../parts/use-width.ts';
import { histogram, shareBelow } from '../what-if/histogram.ts';
import { linearScale, logScale } from './scales.ts';
import { ValueMark } from './value-mark.tsx';

export interface NeedsPlotProps {
  readonly needsMiB: readonly number[];
  readonly chosenMiB: number;
  readonly currentMiB?: number;
  /** Drawn where it is another amount than what is requested. */
  readonly limitMiB?: number;
  readonly suggestedMiB?: number;
  readonly range: readonly [least: number, most: number];
}

const HEIGHT = 243;
const TOP = 57;
const BOTTOM = 24;
/** The slider's thumb below is half as wide: plot and slider share their ends. */
const SIDE = 8;

/** How much attempts needed: how many each amount, the share that an amount is enough for, and the requests. */
export function NeedsPlot(props: NeedsPlotProps): JSX.Element {
  const { needsMiB, chosenMiB, range } = props;
  const [frame, width] = useWidth<HTMLDivElement>();
  const label = `Needs of ${needsMiB.length} attempts, up to ${formatMemory(Math.max(...needsMiB))}`;
  const x = logScale(
    range,
    [SIDE, Math.max(SIDE, width - SIDE)],
    Math.max(3, Math.floor(width / 90)),
  );
  const bins = histogram(needsMiB, chosenMiB);
  const y = linearScale(Math.max(...bins.map((bin) => bin.attempts)), [HEIGHT - BOTTOM, TOP], 3);
  return (
    <div ref={frame}>
      {width > 0 && (
        <svg role="img" aria-label={label} width={width} height={HEIGHT}>
          {x.ticks.map((tick) => (
            <g key={tick}>
              <line class="grid" x1={x(tick)} x2={x(tick)} y1={TOP} y2={HEIGHT - BOTTOM} />
              <text x={x(tick)} y={HEIGHT - 8} text-anchor="middle">
                {formatMemory(tick)}
              </text>
            </g>
          ))}
          <line class="axis" x1={0} x2={width} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
          {bins.map((bin) => {
            const left = x(bin.from);
            const wide = Math.max(2, x(bin.to) - left - 1);
            const fine = bin.attempts - bin.failed;
            return (
              <g key={bin.from}>
                <title>{`${formatMemory(bin.from)} to ${formatMemory(bin.to)}: ${bin.attempts} attempts`}</title>
                <rect
                  class="plot-failed"
                  x={left}
                  width={wide}
                  y={y(bin.attempts)}
                  height={y(fine) - y(bin.attempts)}
                />
                <rect class="plot-used" x={left} width={wide} y={y(fine)} height={y(0) - y(fine)} />
              </g>
            );
          })}
          <path class="line-ecdf" d={ecdfPath(needsMiB, x)} />
          <Marks {...props} x={x} width={width} />
        </svg>
      )}
    </div>
  );
}

/** Steps up from the axis to the top of the plot. */
function ecdfPath(needsMiB: readonly number[], x: (value: number) => number): string {
  const bottom = HEIGHT - BOTTOM;
  let at = bottom;
  const corners = shareBelow(needsMiB).map(([need, share]) => {
    const before = at;
    at = bottom - share * (bottom - TOP);
    return `L${x(need).toFixed(1)} ${before.toFixed(1)}V${at.toFixed(1)}`;
  });
  return `M${x(Math.min(...needsMiB)).toFixed(1)} ${bottom}${corners.join('')}H9999`;
}

/** What is asked for, suggested and tried, each as a line with its name; names that would meet share two rows. */
function Marks({
  currentMiB,
  limitMiB,
  suggestedMiB,
  chosenMiB,
  x,
  width,
}: Omit<NeedsPlotProps, 'needsMiB' | 'range'> & {
  readonly x: (value: number) => number;
  readonly width: number;
}): JSX.Element {
  const isTried = chosenMiB !== currentMiB && chosenMiB !== suggestedMiB;
  const place = { x, bottom: HEIGHT - BOTTOM, width };
  return (
    <>
      <ValueMark
        at={currentMiB}
        name={limitMiB === currentMiB ? 'requested and limit' : 'requested'}
        style="requested"
        row={1}
        {...place}
      />
      {limitMiB !== currentMiB && (
        <ValueMark at={limitMiB} name="limit" style="limit" row={3} {...place} />
      )}
      <ValueMark at={suggestedMiB} name="suggested" style="suggested" row={2} {...place} />
      {isTried && <ValueMark at={chosenMiB} name="tried" style="chosen" row={0} {...place} />}
    </>
  );
}
