import type { JSX } from 'preact';

import { formatMemory, formatShare } from '../../../src/format/quantities.ts';
import type { FlowStep } from '../../../src/http/schemas/flows.ts';
import { layOutGraph, type PlacedNode } from './graph-layout.ts';

const WIDTH = 172;
const HEIGHT = 62;
const GAP_X = 40;
const GAP_Y = 18;
const LONGEST_NAME = 22;

/** A flow's steps as its graph has them; each says what it asks for, needs and should ask for. */
export function GraphPlot({
  steps,
  linkOf,
}: {
  readonly steps: readonly FlowStep[];
  readonly linkOf: (step: string) => string;
}): JSX.Element {
  const { nodes, edges, layers, breadth } = layOutGraph(steps);
  const height = breadth * (HEIGHT + GAP_Y) - GAP_Y + 2;
  const sizes = Map.groupBy(nodes.values(), ({ layer }) => layer);
  function corner({ layer, place }: PlacedNode): readonly [number, number] {
    const inLayer = sizes.get(layer)?.length ?? 1;
    const used = inLayer * (HEIGHT + GAP_Y) - GAP_Y;
    return [1 + layer * (WIDTH + GAP_X), 1 + (height - 2 - used) / 2 + place * (HEIGHT + GAP_Y)];
  }
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Graph of the flow">
      <svg
        width={layers * (WIDTH + GAP_X) - GAP_X + 2}
        height={height}
        style={{ maxWidth: 'none' }}
        role="group"
        aria-label="Graph of the flow"
      >
        {edges.map(([from, to]) => {
          const a = nodes.get(from);
          const b = nodes.get(to);
          if (a === undefined || b === undefined) return null;
          return <path key={`${from} ${to}`} class="edge" d={curve(corner(a), corner(b))} />;
        })}
        {steps.map((step) => {
          const node = nodes.get(step.step);
          if (node === undefined) return null;
          return (
            <Node key={step.step} step={step} corner={corner(node)} link={linkOf(step.step)} />
          );
        })}
      </svg>
    </div>
  );
}

function curve([ax, ay]: readonly [number, number], [bx, by]: readonly [number, number]): string {
  const fromX = ax + WIDTH;
  const fromY = ay + HEIGHT / 2;
  const toY = by + HEIGHT / 2;
  const middle = (fromX + bx) / 2;
  return `M${fromX} ${fromY}C${middle} ${fromY} ${middle} ${toY} ${bx} ${toY}`;
}

function Node({
  step,
  corner: [x, y],
  link,
}: {
  readonly step: FlowStep;
  readonly corner: readonly [number, number];
  readonly link: string;
}): JSX.Element {
  const { current, report, memoryMiB } = step;
  const suggestedMiB = report?.suggestion?.suggested.memoryMiB;
  const requested = formatMemory(current.memoryMiB);
  const cost = report?.requestedCostUsd ?? 0;
  const share = cost > 0 ? Math.min(1, (report?.wastedCostUsd ?? 0) / cost) : 0;
  const need = `needs ${formatMemory(memoryMiB?.max)}`;
  return (
    <a href={link} class="node" aria-label={`${step.step}: asks for ${requested}, ${need}`}>
      <g transform={`translate(${x} ${y})`}>
        <rect class="frame" width={WIDTH} height={HEIGHT} rx={7} />
        <title>{`${step.step}: ${formatShare(share)} of its cost is wasted`}</title>
        <text class="name" x={11} y={19}>
          {shorten(step.step)}
        </text>
        <text x={11} y={35}>
          {requested}
          {suggestedMiB !== undefined && suggestedMiB !== current.memoryMiB && (
            <tspan class="suggested"> → {formatMemory(suggestedMiB)}</tspan>
          )}
        </text>
        <text x={11} y={50}>
          {need}
        </text>
        {cost > 0 && (
          <g transform={`translate(${WIDTH - 53} 43)`}>
            <rect width={42} height={7} rx={2} style={{ fill: 'var(--used)', stroke: 'none' }} />
            <rect
              x={42 * (1 - share)}
              width={42 * share}
              height={7}
              rx={2}
              style={{ fill: 'var(--wasted)', stroke: 'none' }}
            />
          </g>
        )}
      </g>
    </a>
  );
}

function shorten(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}
