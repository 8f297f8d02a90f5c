import type { JSX } from 'preact';

import { formatMemory } from '../../../src/format/quantities.ts';
import type { ReportRow } from '../../../src/http/schemas/report.ts';
import type { NeedSketch } from '../../../src/http/schemas/sketches.ts';
import { useWidth } from '../parts/use-width.ts';
import { linearScale, logScale } from '../plots/scales.ts';
import { ValueMark } from '../plots/value-mark.tsx';

const BINS_PER_DOUBLING = 8;
const HEIGHT = 120;
const TOP = 30;
const BOTTOM = 20;

/** Needs of a step's attempts by their sketch, with what is requested and suggested. */
export function SketchPlot({
  row,
  sketch,
}: {
  readonly row: ReportRow;
  readonly sketch: NeedSketch;
}): JSX.Element {
  const [frame, width] = useWidth<HTMLDivElement>();
  const currentMiB = row.current.memoryMiB;
  const suggestedMiB = row.suggestion?.suggested.memoryMiB;
  const amounts = [sketch.minMiB, sketch.maxMiB, currentMiB, suggestedMiB].filter(
    (amount) => amount !== undefined,
  );
  const range = [Math.max(0.5, Math.min(...amounts) * 0.8), Math.max(...amounts) * 1.2] as const;
  const x = logScale(range, [4, Math.max(4, width - 4)], Math.max(2, Math.floor(width / 90)));
  const y = linearScale(Math.max(...sketch.counts), [HEIGHT - BOTTOM, TOP], 2);
  const place = { x, bottom: HEIGHT - BOTTOM, width };
  return (
    <div ref={frame}>
      {width > 0 && (
        <svg
          role="img"
          aria-label={`Needs of ${row.flow}/${row.step}`}
          width={width}
          height={HEIGHT}
        >
          {x.ticks.map((tick) => (
            <text key={tick} x={x(tick)} y={HEIGHT - 5} text-anchor="middle">
              {formatMemory(tick)}
            </text>
          ))}
          <line class="axis" x1={0} x2={width} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
          {sketch.counts.map((count, index) => {
            const from = 2 ** ((sketch.firstBin + index) / BINS_PER_DOUBLING);
            const left = x(from);
            return (
              <rect
                key={index}
                class="plot-used"
                x={left}
                width={Math.max(2, x(from * 2 ** (1 / BINS_PER_DOUBLING)) - left - 0.5)}
                y={y(count)}
                height={y(0) - y(count)}
              >
                <title>{`about ${formatMemory(from)}: ${count} attempts`}</title>
              </rect>
            );
          })}
          <ValueMark at={currentMiB} name="requested" style="requested" row={0} {...place} />
          <ValueMark at={suggestedMiB} name="suggested" style="suggested" row={1} {...place} />
        </svg>
      )}
    </div>
  );
}
