import type { JSX } from 'preact';

import { formatMemory } from '../../../src/format/quantities.ts';
import type { FlowStep } from '../../../src/http/schemas/flows.ts';
import { useWidth } from '../parts/use-width.ts';
import { logScale, type Scale } from './scales.ts';

const ROW = 30;
const TOP = 6;
const BOTTOM = 22;

/** What each step's attempts needed across runs, with what it asks for and should ask for drawn in. */
export function BoxPlot({
  steps,
  linkOf,
}: {
  readonly steps: readonly FlowStep[];
  readonly linkOf: (step: string) => string;
}): JSX.Element {
  const [frame, width] = useWidth<HTMLDivElement>();
  const shown = steps.filter(({ memoryMiB }) => memoryMiB !== undefined);
  const amounts = shown.flatMap(({ memoryMiB, current, report }) =>
    [memoryMiB?.min, memoryMiB?.max, current.memoryMiB, report?.suggestion?.suggested.memoryMiB]
      .filter((amount) => amount !== undefined)
      .filter((amount) => amount > 0),
  );
  const left = Math.min(170, width * 0.34);
  const range = [Math.min(...amounts) * 0.8, Math.max(...amounts) * 1.25] as const;
  const x = logScale(
    range,
    [left, Math.max(left, width - 8)],
    Math.max(3, Math.floor(width / 110)),
  );
  const height = TOP + shown.length * ROW + BOTTOM;
  return (
    <div ref={frame}>
      {width > 0 && (
        <svg width={width} height={height} role="group" aria-label="Need of memory by step">
          {x.ticks.map((tick) => (
            <g key={tick}>
              <line class="grid" x1={x(tick)} x2={x(tick)} y1={TOP} y2={height - BOTTOM} />
              <text x={x(tick)} y={height - 6} text-anchor="middle">
                {formatMemory(tick)}
              </text>
            </g>
          ))}
          {shown.map((step, index) => (
            <Row
              key={step.step}
              step={step}
              x={x}
              y={TOP + index * ROW + ROW / 2}
              left={left}
              link={linkOf(step.step)}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

function Row({
  step,
  x,
  y,
  left,
  link,
}: {
  readonly step: FlowStep;
  readonly x: Scale;
  readonly y: number;
  readonly left: number;
  readonly link: string;
}): JSX.Element | null {
  const { memoryMiB: box, current, report } = step;
  if (box === undefined) return null;
  const suggestedMiB = report?.suggestion?.suggested.memoryMiB;
  const most = Math.max(8, Math.floor(left / 7.2));
  const name = step.step.length > most ? `${step.step.slice(0, most - 1)}…` : step.step;
  const words =
    `${step.step}: ${formatMemory(box.min)} to ${formatMemory(box.max)}, half of ${box.attempts} attempts ` +
    `below ${formatMemory(box.median)}, asks for ${formatMemory(current.memoryMiB)}`;
  return (
    <a href={link} aria-label={words}>
      <title>{words}</title>
      <text class="strong" x={0} y={y + 4}>
        {name}
      </text>
      <line class="whisker" x1={x(box.min)} x2={x(box.max)} y1={y} y2={y} />
      <rect
        class="box"
        x={x(box.lower)}
        width={Math.max(3, x(box.upper) - x(box.lower))}
        y={y - 7}
        height={14}
        rx={2}
      />
      <line class="median" x1={x(box.median)} x2={x(box.median)} y1={y - 7} y2={y + 7} />
      {current.memoryMiB !== undefined && (
        <line
          class="line-requested"
          x1={x(current.memoryMiB)}
          x2={x(current.memoryMiB)}
          y1={y - 11}
          y2={y + 11}
        />
      )}
      {suggestedMiB !== undefined && (
        <line
          class="line-suggested"
          x1={x(suggestedMiB)}
          x2={x(suggestedMiB)}
          y1={y - 11}
          y2={y + 11}
        />
      )}
    </a>
  );
}
