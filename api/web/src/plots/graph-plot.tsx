import type { JSX } from 'preact';

import { formatMemory, formatShare } from '../../../src/format/quantities.ts';
import type { FlowStep } from '../../../src/http/schemas/flows.ts';
import { useWidth } from '../parts/use-width.ts';
import { layOutGraph, type PlacedNode } from './graph-layout.ts';

/** Narrower than this, two amounts do not fit beside each other; wider than that, the graph falls apart. */
const WIDTHS = [120, 180] as const;
const HEIGHT = 64;
const GAP_X = 14;
const GAP_Y = 16;
const CHARACTER = 7.4;

/** A flow's steps as its graph has them; each says what it asks for, needs and should ask for. */
export function GraphPlot({
  steps,
  linkOf,
}: {
  readonly steps: readonly FlowStep[];
  readonly linkOf: (step: string) => string;
}): JSX.Element {
  const { nodes, edges, layers, breadth } = layOutGraph(steps);
  const [frame, room] = useWidth<HTMLDivElement>();
  const wished = (room + GAP_X) / Math.max(1, layers) - GAP_X;
  const width = Math.min(Math.max(wished, WIDTHS[0]), WIDTHS[1]);
  const height = breadth * (HEIGHT + GAP_Y) - GAP_Y + 2;
  const sizes = Map.groupBy(nodes.values(), ({ layer }) => layer);
  function corner({ layer, place }: PlacedNode): readonly [number, number] {
    const inLayer = sizes.get(layer)?.length ?? 1;
    const used = inLayer * (HEIGHT + GAP_Y) - GAP_Y;
    return [1 + layer * (width + GAP_X), 1 + (height - 2 - used) / 2 + place * (HEIGHT + GAP_Y)];
  }
  return (
    <div ref={frame} class="scroll" tabIndex={0} role="region" aria-label="Graph of the flow">
      <svg
        width={layers * (width + GAP_X) - GAP_X + 2}
        height={height}
        style={{ maxWidth: 'none' }}
        role="group"
        aria-label="Graph of the flow"
      >
        {edges.map(([from, to]) => {
          const a = nodes.get(from);
          const b = nodes.get(to);
          if (a === undefined || b === undefined) return null;
          return <path key={`${from} ${to}`} class="edge" d={curve(corner(a), corner(b), width)} />;
        })}
        {steps.map((step) => {
          const node = nodes.get(step.step);
          if (node === undefined) return null;
          return (
            <Node
              key={step.step}
              step={step}
              corner={corner(node)}
              width={width}
              link={linkOf(step.step)}
            />
          );
        })}
      </svg>
    </div>
  );
}

function curve(
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  width: number,
): string {
  const fromX = ax + width;
  const fromY = ay + HEIGHT / 2;
  const toY = by + HEIGHT / 2;
  const middle = (fromX + bx) / 2;
  return `M${fromX} ${fromY}C${middle} ${fromY} ${middle} ${toY} ${bx} ${toY}`;
}

function Node({
  step,
  corner: [x, y],
  width,
  link,
}: {
  readonly step: FlowStep;
  readonly corner: readonly [number, number];
  readonly width: number;
  readonly link: string;
}): JSX.Element {
  const { current, report, memoryMiB } = step;
  const suggestedMiB = report?.suggestion?.suggested.memoryMiB;
  const requested = formatMemory(current.memoryMiB);
  const cost = report?.requestedCostUsd ?? 0;
  const share = cost > 0 ? Math.min(1, (report?.wastedCostUsd ?? 0) / cost) : 0;
  const need = `needs ${formatMemory(memoryMiB?.max)}`;
  return (
    <a href={link} class="node">
      <g transform={`translate(${x} ${y})`}>
        <rect class="frame" width={width} height={HEIGHT} rx={7} />
        <title>{`${step.step}: ${formatShare(share)} of its cost is wasted`}</title>
        <text class="name" x={9} y={19}>
          {shorten(step.step, Math.floor((width - 18) / CHARACTER))}
        </text>
        <text x={9} y={35}>
          {requested}
          {suggestedMiB !== undefined && suggestedMiB !== current.memoryMiB && (
            <tspan class="suggested"> → {formatMemory(suggestedMiB)}</tspan>
          )}
        </text>
        <text x={9} y={50}>
          {need}
        </text>
        {cost > 0 && (
          <g transform="translate(9 55)">
            <rect class="plot-used" width={width - 18} height={4} rx={2} />
            <rect
              class="plot-wasted"
              x={(width - 18) * (1 - share)}
              width={(width - 18) * share}
              height={4}
              rx={2}
            />
          </g>
        )}
      </g>
    </a>
  );
}

function shorten(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
