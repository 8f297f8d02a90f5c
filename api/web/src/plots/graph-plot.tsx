import type { JSX } from 'preact';

import { formatMemory, formatShare } from '../../../src/format/quantities.ts';
import type { FlowStep } from '../../../src/http/schemas/flows.ts';
import { useWidth } from '../parts/use-width.ts';
import { layOutGraph, type PlacedNode } from './graph-layout.ts';

/** Narrower than this nothing fits; wider than that, the graph falls apart. */
const WIDTHS = [120, 200] as const;
const INSET = 9;
const HEIGHT = 64;
const GAP_X = 14;
const GAP_Y = 16;
/** Widths of a letter of a name and of an amount, px: the widest that common system fonts have on average. */
const NAME_LETTER = 8.1;
const AMOUNT_LETTER = 6.4;

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
  const amounts = Math.max(0, ...steps.map((step) => amountsOf(step).join('').length));
  const least = Math.max(WIDTHS[0], amounts * AMOUNT_LETTER + 2 * INSET);
  const width = Math.max(least, Math.min(wished, WIDTHS[1]));
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
  const { report, memoryMiB } = step;
  const [requested, suggested] = amountsOf(step);
  const cost = report?.requestedCostUsd ?? 0;
  const share = cost > 0 ? Math.min(1, (report?.wastedCostUsd ?? 0) / cost) : 0;
  const isRepeated = (step.parents ?? []).includes(step.step);
  const need = `needs ${formatMemory(memoryMiB?.max)}`;
  return (
    <a href={link} class="node">
      <g transform={`translate(${x} ${y})`}>
        <rect class="frame" width={width} height={HEIGHT} rx={7} />
        <title>{`${step.step}: asks for ${requested}${suggested}, ${need}; ${formatShare(share)} of its cost is wasted${isRepeated ? '; it follows itself' : ''}`}</title>
        <text class="name" x={INSET} y={19}>
          {shorten(
            `${isRepeated ? '↻ ' : ''}${step.step}`,
            Math.floor((width - 2 * INSET) / NAME_LETTER),
          )}
        </text>
        <text x={INSET} y={35}>
          {requested}
          {suggested !== '' && <tspan class="suggested">{suggested}</tspan>}
        </text>
        <text x={INSET} y={50}>
          {need}
        </text>
        {cost > 0 && <WasteBar share={share} width={width - 2 * INSET} />}
      </g>
    </a>
  );
}

function WasteBar({
  share,
  width,
}: {
  readonly share: number;
  readonly width: number;
}): JSX.Element {
  return (
    <g transform={`translate(${INSET} 55)`}>
      <rect class="plot-used" width={width} height={4} rx={2} />
      <rect class="plot-wasted" x={width * (1 - share)} width={width * share} height={4} rx={2} />
    </g>
  );
}

/** What it asks for, and what it should ask for where that differs. */
function amountsOf({ current, report }: FlowStep): readonly [requested: string, suggested: string] {
  const suggestedMiB = report?.suggestion?.suggested.memoryMiB;
  const differs = suggestedMiB !== undefined && suggestedMiB !== current.memoryMiB;
  return [formatMemory(current.memoryMiB), differs ? ` → ${formatMemory(suggestedMiB)}` : ''];
}

function shorten(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
