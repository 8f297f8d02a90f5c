/** A step as a graph needs it. */
export interface GraphNode {
  readonly step: string;
  readonly parents?: readonly string[];
}

export interface PlacedNode {
  readonly step: string;
  /** How far from the start: the longest way to it. */
  readonly layer: number;
  /** Place within its layer, 0 first. */
  readonly place: number;
}

export interface GraphLayout {
  readonly nodes: ReadonlyMap<string, PlacedNode>;
  readonly edges: readonly (readonly [from: string, to: string])[];
  readonly layers: number;
  /** Most nodes in a layer. */
  readonly breadth: number;
}

/**
 * Layers by the longest way from the start, and within a layer by the mean place of what a node follows
 * (Sugiyama et al., 1981, one sweep): few crossings for graphs that people write. Expects steps after those they
 * follow; parents that are not there are left out.
 */
export function layOutGraph(steps: readonly GraphNode[]): GraphLayout {
  const layerOf = new Map<string, number>();
  const edges: (readonly [string, string])[] = [];
  for (const { step, parents = [] } of steps) {
    const known = parents.filter((parent) => layerOf.has(parent));
    for (const parent of known) edges.push([parent, step]);
    layerOf.set(step, Math.max(-1, ...known.map((parent) => layerOf.get(parent) ?? -1)) + 1);
  }

  const nodes = new Map<string, PlacedNode>();
  const byLayer = Map.groupBy(steps, ({ step }) => layerOf.get(step) ?? 0);
  for (const [layer, members] of [...byLayer].toSorted(([a], [b]) => a - b)) {
    const wished = members.map(({ step, parents = [] }) => ({
      step,
      wish: mean(parents.flatMap((parent) => nodes.get(parent)?.place ?? [])),
    }));
    const ordered = wished.toSorted((a, b) => a.wish - b.wish);
    for (const [place, { step }] of ordered.entries()) nodes.set(step, { step, layer, place });
  }
  return {
    nodes,
    edges,
    layers: byLayer.size,
    breadth: Math.max(0, ...[...byLayer.values()].map((members) => members.length)),
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
